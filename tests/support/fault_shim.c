// SPDX-License-Identifier: MIT
// Owns a library for LD_PRELOAD that makes one chosen call to the system fail: an allocation, a
// thread, a file, a write. tests/pipelines/fault_injection.py drives it (docs/reliability.md).
//
// A site is where a call comes from: the return addresses from the call outward, each relative to
// its module, so that they are the same in the next run. For memory those of the product's own
// modules count, the innermost two, and whether libraries lie between them and the call; only the
// first call of a site is one. Where GLib or GStreamer come before the product, which abort by
// design, the site is outside and ends with the first frame of the product; what has no such frame
// near is far and counts as one. For the other kinds all frames count, and every call, as the n-th
// of its site.
//
//   GANFACE_FAULT_PROGRAM  file name of the program that is meant; its children are let be
//   GANFACE_FAULT_KIND     memory, thread, open, descriptor, write, sync or read
//   GANFACE_FAULT_LIST     file that gets a line a call: ID CLASS FUNCTION FRAME...
//   GANFACE_FAULT_AT       ID of the call that fails: SITE.NUMBER
//   GANFACE_FAULT_FOREVER  1: so does every call of its kind after it
//   GANFACE_FAULT_DONE     file that gets the line of the call that has failed
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include <unwind.h>

#define EXPORT __attribute__((visibility("default")))

enum { kMostFrames = 40, kOwnFrames = 2, kMostModules = 8, kTableSize = 1 << 16 };
// As far up the stack as a frame of the product is looked for before the costly walk.
enum { kGlance = 24 * 1024 };

typedef enum {
  kMemory,
  kThread,
  kOpen,
  kDescriptor,
  kWrite,
  kSync,
  kRead,
  kKinds,
} Kind;

static const char* const kKindNames[kKinds] = {"memory", "thread", "open", "descriptor",
                                               "write",  "sync",   "read"};

extern void* __libc_malloc(size_t);
extern void* __libc_calloc(size_t, size_t);
extern void* __libc_realloc(void*, size_t);
extern void* __libc_memalign(size_t, size_t);
extern void* __libc_stack_end;

static atomic_int state;  // 0 unread, 1 being read, 2 asleep, 3 awake
static Kind wanted_kind;
static int list_file = -1, done_file = -1;
// Before, the program and its libraries set themselves up, where nobody can catch anything.
static atomic_bool main_begun;
static bool has_target, fails_for_ever;
static uint64_t target_site;
static unsigned target_number;
static atomic_bool has_failed;
static __thread __attribute__((tls_model("initial-exec"))) int inside;

// The product's own text, for the glance.
static struct { uintptr_t begin, end; } own_text[kMostModules];
static atomic_int own_texts;

// Calls a site; open addressing, never shrinks.
static struct {
  _Atomic uint64_t site;
  atomic_uint calls;
} table[kTableSize];

static bool contains(const char* text, const char* part) { return strstr(text, part) != NULL; }

static const char* file_name(const char* path) {
  const char* slash = strrchr(path, '/');
  return slash != NULL ? slash + 1 : path;
}

// The program itself has no name in the linker's list.
static bool is_own(const char* name) { return *name == 0 || contains(name, "ganface"); }

static bool aborts_by_design(const char* name) {
  return strncmp(name, "libglib-", 8) == 0 || strncmp(name, "libgobject-", 11) == 0 ||
         strncmp(name, "libgio-", 7) == 0 || strncmp(name, "libgmodule-", 11) == 0 ||
         (strncmp(name, "libgst", 6) == 0 && !is_own(name));
}

static int note_text(struct dl_phdr_info* info, size_t size, void* count) {
  (void)size;
  int* own = count;
  if (!is_own(file_name(info->dlpi_name)) || contains(info->dlpi_name, "fault_shim")) return 0;
  if (contains(info->dlpi_name, "linux-vdso")) return 0;
  for (int i = 0; i < info->dlpi_phnum && *own < kMostModules; ++i) {
    const ElfW(Phdr)* part = &info->dlpi_phdr[i];
    if (part->p_type != PT_LOAD || (part->p_flags & PF_X) == 0) continue;
    own_text[*own].begin = info->dlpi_addr + part->p_vaddr;
    own_text[*own].end = own_text[*own].begin + part->p_memsz;
    ++*own;
  }
  return 0;
}

static void look_for_own_modules(void) {
  int own = 0;
  dl_iterate_phdr(note_text, &own);
  atomic_store(&own_texts, own);
}

static int open_for_lines(const char* variable) {
  const char* path = getenv(variable);
  if (path == NULL) return -1;
  return (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

// Whether calls of `kind` are looked at.
static bool awake(Kind kind) {
  int now = atomic_load_explicit(&state, memory_order_relaxed);
  if (now == 0) {
    int unread = 0;
    if (!atomic_compare_exchange_strong(&state, &unread, 1)) return false;
    const int before = errno;
    now = 2;
    char program[4096] = {0};
    const char* meant = getenv("GANFACE_FAULT_PROGRAM");
    const char* name = getenv("GANFACE_FAULT_KIND");
    if (name != NULL && meant != NULL &&
        syscall(SYS_readlink, "/proc/self/exe", program, sizeof program - 1) > 0 &&
        strcmp(file_name(program), meant) == 0)
      for (int i = 0; i < kKinds; ++i)
        if (strcmp(name, kKindNames[i]) == 0) {
          wanted_kind = (Kind)i;
          now = 3;
        }
    if (now == 3) {
      look_for_own_modules();
      list_file = open_for_lines("GANFACE_FAULT_LIST");
      done_file = open_for_lines("GANFACE_FAULT_DONE");
      const char* at = getenv("GANFACE_FAULT_AT");
      if (at != NULL) {
        char* point = NULL;
        target_site = strtoull(at, &point, 16);
        target_number = *point == '.' ? (unsigned)strtoul(point + 1, NULL, 10) : 1;
        has_target = true;
      }
      const char* forever = getenv("GANFACE_FAULT_FOREVER");
      fails_for_ever = forever != NULL && *forever == '1';
    }
    atomic_store(&state, now);
    errno = before;
  }
  return now == 3 && kind == wanted_kind && inside == 0 && main_begun;
}

// Whether a word of the stack's inner end looks like an address of the product.
static __attribute__((no_sanitize("address"))) bool glance(void) {
  const uintptr_t* word = __builtin_frame_address(0);
  const uintptr_t* thread = __builtin_thread_pointer();
  const uintptr_t* end = word + kGlance / sizeof *word;
  // A thread's descriptor lies at its stack's outer end.
  const uintptr_t* outer = __libc_stack_end;
  if (word < outer && outer - word < (64 << 20)) {
    if (end > outer) end = outer;
  } else if (word < thread && end > thread) {
    end = thread;
  }
  const int texts = atomic_load(&own_texts);
  for (; word < end; ++word)
    for (int i = 0; i < texts; ++i)
      if (*word >= own_text[i].begin && *word < own_text[i].end) return true;
  return false;
}

typedef struct {
  struct {
    const char* module;
    uintptr_t offset;
  } frames[kMostFrames];
  int count;
  int own;            // frames of the product
  bool only_own;      // ends after the last frame that counts
  bool meets_others;  // GLib or GStreamer before the product
  bool meets_libraries;
} Stack;

static _Unwind_Reason_Code add_frame(struct _Unwind_Context* context, void* data) {
  Stack* stack = data;
  const uintptr_t address = _Unwind_GetIP(context);
  if (address == 0 || stack->count == kMostFrames) return _URC_END_OF_STACK;
  struct dl_find_object object;
  if (_dl_find_object((void*)(address - 1), &object) != 0) return _URC_END_OF_STACK;
  const char* name = file_name(object.dlfo_link_map->l_name);
  if (contains(name, "fault_shim")) return _URC_NO_REASON;
  const bool own = is_own(name);
  if (!own && stack->own == 0) {
    if (aborts_by_design(name)) stack->meets_others = true;
    if (strncmp(name, "libstdc++", 9) != 0 && strncmp(name, "libc.", 5) != 0 &&
        strncmp(name, "ld-linux", 8) != 0)
      stack->meets_libraries = true;
  }
  stack->frames[stack->count].module = *name != 0 ? name : "ganface";
  stack->frames[stack->count].offset = address - object.dlfo_link_map->l_addr;
  ++stack->count;
  if (own) ++stack->own;
  const int enough = stack->meets_others ? 1 : kOwnFrames;
  return stack->only_own && stack->own == enough ? _URC_END_OF_STACK : _URC_NO_REASON;
}

static uint64_t site_of(const Stack* stack, Kind kind) {
  uint64_t hash = 1469598103934665603u;
  if (stack->meets_libraries) hash *= 3;
  const bool own_alone = kind == kMemory && stack->own > 0 && !stack->meets_others;
  for (int i = 0; i < stack->count; ++i) {
    if (own_alone && !contains(stack->frames[i].module, "ganface")) continue;
    for (const char* sign = stack->frames[i].module; *sign != 0; ++sign)
      hash = (hash ^ (unsigned char)*sign) * 1099511628211u;
    hash = (hash ^ stack->frames[i].offset) * 1099511628211u;
  }
  return hash != 0 ? hash : 1;
}

// The number of this call among those of its site; 0 when there is no room.
static unsigned count_call(uint64_t site) {
  for (unsigned probe = 0; probe < 64; ++probe) {
    const size_t place = (site + probe) % kTableSize;
    uint64_t there = atomic_load(&table[place].site);
    if (there == 0 && atomic_compare_exchange_strong(&table[place].site, &there, site))
      there = site;
    if (there == site) return atomic_fetch_add(&table[place].calls, 1) + 1;
  }
  return 0;
}

static void write_line(int file, const Stack* stack, uint64_t site, unsigned number,
                       const char* function) {
  if (file < 0) return;
  char line[8192];
  const char* of = stack->meets_others || stack->own == 0 ? "outside"
                   : stack->meets_libraries               ? "below"
                                                          : "own";
  int length = snprintf(line, sizeof line, "%016llx.%u %s %s", (unsigned long long)site, number, of,
                        function);
  for (int i = 0; i < stack->count && length < (int)sizeof line - 300; ++i)
    length += snprintf(line + length, sizeof line - (size_t)length, " %s+%llx",
                       stack->frames[i].module, (unsigned long long)stack->frames[i].offset);
  line[length++] = '\n';
  if (syscall(SYS_write, file, line, (size_t)length) < 0) return;
}

// Whether this call is the one that fails.
static bool fails(Kind kind, const char* function) {
  if (!awake(kind)) return false;
  const bool failed_before = atomic_load_explicit(&has_failed, memory_order_relaxed);
  if (failed_before && !fails_for_ever) return false;
  // A process in which no allocation succeeds any more is not what is tried: only the product's.
  if (kind == kMemory && has_target && !glance()) return false;
  inside = 1;
  const int before = errno;
  Stack stack = {.only_own = kind == kMemory};
  if (kind != kMemory || glance()) _Unwind_Backtrace(add_frame, &stack);
  if (kind == kMemory && stack.own == 0) {
    stack.frames[0].module = "far";
    stack.frames[0].offset = 0;
    stack.count = 1;
  }
  const uint64_t site = site_of(&stack, kind);
  const unsigned number = count_call(site);
  const bool is_outside = stack.meets_others || stack.own == 0;
  bool fail = has_target && site == target_site && number == target_number;
  if (fail) atomic_store(&has_failed, true);
  if (failed_before && fails_for_ever && (kind != kMemory || !is_outside)) fail = true;
  if (number != 0 && (kind != kMemory || number == 1))
    write_line(list_file, &stack, site, number, function);
  if (fail && !failed_before) write_line(done_file, &stack, site, number, function);
  errno = before;
  inside = 0;
  return fail;
}

// The function of that name behind this library.
#define REAL(name)                     \
  ((__typeof__(&name))({               \
    static void* _Atomic found;        \
    if (found == NULL) {               \
      ++inside;                        \
      found = dlsym(RTLD_NEXT, #name); \
      --inside;                        \
    }                                  \
    (void*)found;                      \
  }))

#define FAIL_WITH(kind, error, result) \
  if (fails(kind, __func__)) {         \
    errno = error;                     \
    return result;                     \
  }

typedef int (*Main)(int, char**, char**);
static Main real_main;

static int begin_main(int argc, char** argv, char** environment) {
  main_begun = true;
  return real_main(argc, argv, environment);
}

extern int __libc_start_main(Main, int, char**, void (*)(void), void (*)(void), void (*)(void),
                             void*);
EXPORT int __libc_start_main(Main program, int argc, char** argv, void (*init)(void),
                             void (*fini)(void), void (*end)(void), void* stack_end) {
  real_main = program;
  return REAL(__libc_start_main)(begin_main, argc, argv, init, fini, end, stack_end);
}

EXPORT void* malloc(size_t size) {
  FAIL_WITH(kMemory, ENOMEM, NULL)
  return __libc_malloc(size);
}

EXPORT void* calloc(size_t count, size_t size) {
  FAIL_WITH(kMemory, ENOMEM, NULL)
  return __libc_calloc(count, size);
}

EXPORT void* realloc(void* old, size_t size) {
  FAIL_WITH(kMemory, ENOMEM, NULL)
  return __libc_realloc(old, size);
}

EXPORT void* aligned_alloc(size_t alignment, size_t size) {
  FAIL_WITH(kMemory, ENOMEM, NULL)
  return __libc_memalign(alignment, size);
}

EXPORT void* memalign(size_t alignment, size_t size) {
  FAIL_WITH(kMemory, ENOMEM, NULL)
  return __libc_memalign(alignment, size);
}

EXPORT int posix_memalign(void** memory, size_t alignment, size_t size) {
  if (fails(kMemory, __func__)) return ENOMEM;
  void* made = __libc_memalign(alignment, size);
  if (made == NULL) return ENOMEM;
  *memory = made;
  return 0;
}

EXPORT int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*run)(void*),
                          void* argument) {
  if (fails(kThread, __func__)) return EAGAIN;
  return REAL(pthread_create)(thread, attributes, run, argument);
}

// The glance must know the plugin once it is there.
EXPORT void* dlopen(const char* path, int flags) {
  void* module = REAL(dlopen)(path, flags);
  if (atomic_load(&state) == 3 && wanted_kind == kMemory && path != NULL && is_own(path))
    look_for_own_modules();
  return module;
}

static mode_t mode_of(int flags, va_list list) {
  return (flags & (O_CREAT | __O_TMPFILE)) != 0 ? va_arg(list, mode_t) : 0;
}

#define OPEN(name)                                                 \
  EXPORT int name(const char* path, int flags, ...) {              \
    va_list list;                                                  \
    va_start(list, flags);                                         \
    const mode_t mode = mode_of(flags, list);                      \
    va_end(list);                                                  \
    FAIL_WITH(kOpen, (flags & O_CREAT) != 0 ? ENOSPC : EMFILE, -1) \
    return REAL(name)(path, flags, mode);                          \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                               \
  EXPORT int name(int folder, const char* path, int flags, ...) {  \
    va_list list;                                                  \
    va_start(list, flags);                                         \
    const mode_t mode = mode_of(flags, list);                      \
    va_end(list);                                                  \
    FAIL_WITH(kOpen, (flags & O_CREAT) != 0 ? ENOSPC : EMFILE, -1) \
    return REAL(name)(folder, path, flags, mode);                  \
  }
OPENAT(openat)
OPENAT(openat64)

// What open() is to a program that is built with _FORTIFY_SOURCE.
extern int __open_2(const char*, int);
extern int __open64_2(const char*, int);
extern int __openat_2(int, const char*, int);
extern int __openat64_2(int, const char*, int);
EXPORT int __open_2(const char* path, int flags) {
  FAIL_WITH(kOpen, EMFILE, -1)
  return REAL(__open_2)(path, flags);
}
EXPORT int __open64_2(const char* path, int flags) {
  FAIL_WITH(kOpen, EMFILE, -1)
  return REAL(__open64_2)(path, flags);
}
EXPORT int __openat_2(int folder, const char* path, int flags) {
  FAIL_WITH(kOpen, EMFILE, -1)
  return REAL(__openat_2)(folder, path, flags);
}
EXPORT int __openat64_2(int folder, const char* path, int flags) {
  FAIL_WITH(kOpen, EMFILE, -1)
  return REAL(__openat64_2)(folder, path, flags);
}

#define CALL(result, failed, kind, error, name, parameters, arguments) \
  EXPORT result name parameters {                                      \
    FAIL_WITH(kind, error, failed)                                     \
    return REAL(name) arguments;                                       \
  }
CALL(FILE*, NULL, kOpen, EMFILE, fopen, (const char* path, const char* mode), (path, mode))
CALL(FILE*, NULL, kOpen, EMFILE, fopen64, (const char* path, const char* mode), (path, mode))
CALL(FILE*, NULL, kOpen, EMFILE, fdopen, (int file, const char* mode), (file, mode))
CALL(DIR*, NULL, kOpen, EMFILE, opendir, (const char* path), (path))
CALL(DIR*, NULL, kOpen, EMFILE, fdopendir, (int file), (file))
CALL(int, -1, kOpen, ENOSPC, mkostemp, (char* pattern, int flags), (pattern, flags))
CALL(int, -1, kOpen, ENOSPC, mkostemp64, (char* pattern, int flags), (pattern, flags))
CALL(int, -1, kOpen, ENOSPC, mkstemp, (char* pattern), (pattern))
CALL(int, -1, kOpen, ENOSPC, mkstemp64, (char* pattern), (pattern))
CALL(char*, NULL, kOpen, ENOSPC, mkdtemp, (char* pattern), (pattern))
CALL(int, -1, kOpen, ENOSPC, mkdir, (const char* path, mode_t mode), (path, mode))
CALL(int, -1, kDescriptor, EMFILE, eventfd, (unsigned value, int flags), (value, flags))
CALL(int, -1, kDescriptor, EMFILE, socket, (int domain, int type, int protocol),
     (domain, type, protocol))
CALL(int, -1, kDescriptor, EMFILE, socketpair, (int domain, int type, int protocol, int pair[2]),
     (domain, type, protocol, pair))
CALL(int, -1, kDescriptor, EMFILE, pipe, (int pair[2]), (pair))
CALL(int, -1, kDescriptor, EMFILE, pipe2, (int pair[2], int flags), (pair, flags))
CALL(int, -1, kDescriptor, EMFILE, epoll_create1, (int flags), (flags))
CALL(int, -1, kDescriptor, EMFILE, dup, (int file), (file))

// Files alone are full at some time; what wakes a thread is not.
static bool is_file(int file) {
  struct stat about;
  return fstat(file, &about) == 0 && S_ISREG(about.st_mode);
}

#define FILE_CALL(result, kind, error, name, parameters, arguments) \
  EXPORT result name parameters {                                   \
    if (awake(kind) && is_file(file)) FAIL_WITH(kind, error, -1)    \
    return REAL(name) arguments;                                    \
  }
FILE_CALL(ssize_t, kWrite, ENOSPC, write, (int file, const void* bytes, size_t size),
          (file, bytes, size))
FILE_CALL(ssize_t, kWrite, ENOSPC, pwrite, (int file, const void* bytes, size_t size, off_t at),
          (file, bytes, size, at))
FILE_CALL(ssize_t, kWrite, ENOSPC, pwrite64, (int file, const void* bytes, size_t size, off64_t at),
          (file, bytes, size, at))
FILE_CALL(ssize_t, kWrite, ENOSPC, writev, (int file, const struct iovec* parts, int count),
          (file, parts, count))
FILE_CALL(ssize_t, kWrite, ENOSPC, pwritev,
          (int file, const struct iovec* parts, int count, off_t at), (file, parts, count, at))
FILE_CALL(int, kWrite, ENOSPC, ftruncate, (int file, off_t size), (file, size))
FILE_CALL(int, kWrite, ENOSPC, ftruncate64, (int file, off64_t size), (file, size))
FILE_CALL(ssize_t, kRead, EIO, read, (int file, void* bytes, size_t size), (file, bytes, size))
FILE_CALL(ssize_t, kRead, EIO, pread, (int file, void* bytes, size_t size, off_t at),
          (file, bytes, size, at))
FILE_CALL(ssize_t, kRead, EIO, pread64, (int file, void* bytes, size_t size, off64_t at),
          (file, bytes, size, at))
FILE_CALL(int, kSync, EIO, fsync, (int file), (file))
FILE_CALL(int, kSync, EIO, fdatasync, (int file), (file))
FILE_CALL(int, kSync, EPERM, fchmod, (int file, mode_t mode), (file, mode))
CALL(int, -1, kSync, EIO, rename, (const char* from, const char* to), (from, to))
CALL(int, -1, kSync, EIO, unlink, (const char* path), (path))
CALL(int, -1, kSync, EIO, remove, (const char* path), (path))

// The stream's own write() cannot be reached: the C library calls it by another name.
EXPORT size_t fwrite(const void* bytes, size_t size, size_t count, FILE* stream) {
  if (awake(kWrite) && is_file(fileno(stream))) FAIL_WITH(kWrite, ENOSPC, 0)
  return REAL(fwrite)(bytes, size, count, stream);
}

EXPORT size_t fread(void* bytes, size_t size, size_t count, FILE* stream) {
  if (awake(kRead) && is_file(fileno(stream))) FAIL_WITH(kRead, EIO, 0)
  return REAL(fread)(bytes, size, count, stream);
}
