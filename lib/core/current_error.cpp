// SPDX-License-Identifier: MIT
// Owns what any exception means, as an Error.
#include <ganface/current_error.h>

#include <exception>
#include <filesystem>
#include <new>
#include <system_error>

namespace ganface {
namespace {

// Made before memory runs out; a copy of it takes none.
const Error kOutOfMemory(ErrorCode::kMemory,
                         "out of memory; free memory, or do less at a time (--jobs)");

ErrorCode code_of(const std::error_code& cause) {
  if (cause == std::errc::not_enough_memory) return ErrorCode::kMemory;
  const bool limit = cause == std::errc::resource_unavailable_try_again ||
                     cause == std::errc::too_many_files_open ||
                     cause == std::errc::too_many_files_open_in_system;
  return limit ? ErrorCode::kDevice : ErrorCode::kInternal;
}

std::string advice(const std::error_code& cause) {
  if (cause == std::errc::resource_unavailable_try_again)
    return "no further thread can be started (" + cause.message() +
           "); raise the limit of processes (ulimit -u), or do less at a time";
  return cause.message();
}

}  // namespace

Error current_error() {
  try {
    throw;
  } catch (const Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return kOutOfMemory;
  } catch (const std::filesystem::filesystem_error& error) {
    const ErrorCode code = code_of(error.code());
    return Error(code == ErrorCode::kInternal ? ErrorCode::kInput : code, error.what());
  } catch (const std::system_error& error) {
    const ErrorCode code = code_of(error.code());
    return code == ErrorCode::kInternal ? Error(code, error.what())
                                        : Error(code, advice(error.code()));
  } catch (const std::exception& error) {
    return Error(ErrorCode::kInternal, error.what());
  } catch (...) {
    return Error(ErrorCode::kInternal, "an exception of unknown type");
  }
}

}  // namespace ganface
