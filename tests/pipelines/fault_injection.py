#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Owns the trial of `ganface repair` under faults: each call to the system fails once.

tests/support/fault_shim.c lists the calls of a run, and makes one of them fail in the next. Whatever
fails, the command must end in time with a sound result or with a documented exit code and its
reason, and leave nothing behind. Usage: fault_injection.py SHIM [--all] [--kinds A,B]
"""
import argparse
import collections
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

KINDS = ["thread", "open", "descriptor", "write", "sync", "read", "memory"]
ERROR_CODES = {2, 3, 4, 5, 6}
# A watchdog ends after 10 s what waits; the rest is for a machine that does other work, on which a
# run without a fault takes longer too.
LEAST_BOUND_S, RUNS_OF_BOUND = 60, 20
QUICK = "--quiet --face-source frame --region mouth --occlude gray".split()
LATENT = QUICK + "--method latent --iterations 2".split()
CRASHES = re.compile(r"terminate called|Segmentation fault|pure virtual|corrupted|double free|Traceback")
# Where it cannot read what the kernel says of the processor, it ends the process by a signal, or LibTorch takes kernels
# for any processor, which draw other random numbers: another repair, which differs little as a whole.
FRAGILE = "libcpuinfo.so"
MOST_LEVELS = 4  # mean over a picture; 0.3 to 1.0 were seen
# What GLib says before it ends the process, by design.
GLIB_ENDS = re.compile(r"GLib-ERROR|failed to allocate|GLib \(gthread-posix\.c\)|Out of memory")
# What the C library says where it has no memory for what a thread destroys at its end.
C_LIBRARY_ENDS = re.compile(r"^Fatal glibc error", re.MULTILINE)

Site = collections.namedtuple("Site", "id place function frames")
Outcome = collections.namedtuple("Outcome", "code said seconds files reached")
Scenario = collections.namedtuple("Scenario", "name inputs arguments outputs")
SCENARIOS = [
    Scenario("picture", ["in.png"], ["in.png", "out.png"] + LATENT, ["out.png"]),
    Scenario("completion", ["in.png"], ["in.png", "out.png"] + QUICK, ["out.png"]),
    Scenario("folder", ["many/a.png", "many/b.png"], ["many", "out"] + LATENT, ["out/a.png", "out/b.png"]),
    Scenario("clip", ["in.avi"], ["in.avi", "out.avi"] + LATENT, ["out.avi"]),
]


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def files_below(folder):
    """What lies there, by name; folders have no contents of their own."""
    found = {}
    for place, folders, files in os.walk(folder):
        for name in files:
            path = os.path.join(place, name)
            found[os.path.relpath(path, folder)] = digest(path)
        for name in folders:
            if name.startswith("."):
                found[os.path.relpath(os.path.join(place, name), folder)] = "folder"
    return found


def judge(outcome, scenario, inputs, results):
    """"survived" or "clear error", or what is wrong."""
    left = {name: what for name, what in outcome.files.items() if name not in inputs}
    if outcome.code is None:
        return "no end"
    if outcome.code < 0 and GLIB_ENDS.search(outcome.said):
        return "ended by GLib"
    if outcome.code < 0 and C_LIBRARY_ENDS.search(outcome.said):
        return "ended by the C library"
    if outcome.code < 0:
        return f"ended by signal {signal.Signals(-outcome.code).name}"
    if CRASHES.search(outcome.said):
        return "says '" + CRASHES.search(outcome.said).group() + "'"
    for name, what in inputs.items():
        if outcome.files.get(name) != what:
            return f"IN {name} is changed"
    for name, what in left.items():
        if name not in scenario.outputs:
            return f"leaves {name}"
        if what != results[name]:
            return f"{name} is another result, with exit code {outcome.code}"
    if outcome.code == 0:
        return "survived" if len(left) == len(results) else "exit code 0 without a result"
    if outcome.code not in ERROR_CODES:
        return f"undocumented exit code {outcome.code}"
    if scenario.name != "folder" and left:
        return f"leaves a result with exit code {outcome.code}"
    if not re.search(r"^ganface: \S.{9}", outcome.said, re.MULTILINE):
        return "an error without a message"
    return "clear error"


def check_judge():
    """The judge must see what is wrong."""
    scenario, inputs, results = SCENARIOS[0], {"in.png": "1"}, {"out.png": "2"}
    good = Outcome(0, "", 1, {"in.png": "1", "out.png": "2"}, True)
    error = Outcome(3, "ganface: 'in.png' cannot be read", 1, {"in.png": "1"}, True)
    cases = [(good, "survived"), (error, "clear error"),
             (good._replace(code=None), "no end"), (good._replace(code=-6), "ended by signal"),
             (good._replace(files={"in.png": "1"}), "exit code 0 without"),
             (good._replace(files={"in.png": "3", "out.png": "2"}), "IN in.png"),
             (good._replace(files={"in.png": "1", "out.png": "3"}), "out.png is another"),
             (error._replace(files={"in.png": "1", ".out.png": "2"}), "leaves .out"),
             (error._replace(files={"in.png": "1", "out.png": "2"}), "leaves a result"),
             (error._replace(said=""), "an error without"), (error._replace(code=1), "undocumented"),
             (error._replace(said="terminate called"), "says 'terminate"),
             (error._replace(code=-6, said="Fatal glibc error: out of memory"), "ended by the C"),
             (error._replace(code=-6, said="terminate called"), "ended by signal")]
    for outcome, expected in cases:
        verdict = judge(outcome, scenario, inputs, results)
        assert verdict.startswith(expected), (outcome, verdict, expected)


class Trial:
    """Runs of the command in a folder of its own, each from the same beginning."""

    def __init__(self, shim, folder):
        self.shim, self.folder = os.path.abspath(shim), folder
        self.sources, self.run_folder = os.path.join(folder, "sources"), os.path.join(folder, "run")
        self.registry, self.bound_s = os.path.join(folder, "registry"), LEAST_BOUND_S
        self.list, self.done = os.path.join(folder, "list"), os.path.join(folder, "done")
        self.environment = dict(os.environ, OMP_NUM_THREADS="1", OMP_WAIT_POLICY="passive")
        self.environment["GST_REGISTRY"] = self.registry
        self.make_inputs()
        # Each run begins with the same one, so that it is read, and a fault leaves it to no other.
        subprocess.run(["ganface", "repair", "--help"], env=self.environment, check=True,
                       stdout=subprocess.DEVNULL)
        shutil.copy(self.registry, self.registry + ".whole")

    def make_inputs(self):
        os.makedirs(os.path.join(self.sources, "many"))
        def launch(line):
            subprocess.run(["gst-launch-1.0", "-q"] + line.split(), cwd=self.sources, check=True,
                           env=self.environment, stdout=subprocess.DEVNULL)
        picture = "videotestsrc num-buffers=1 pattern=%s ! video/x-raw,width=64,height=64 ! pngenc ! filesink location=%s"
        launch(picture % ("smpte", "in.png"))
        launch(picture % ("smpte", "many/a.png"))
        launch(picture % ("circular", "many/b.png"))
        launch("videotestsrc num-buffers=3 ! video/x-raw,width=64,height=64,framerate=12/1 ! x264enc"
               " ! h264parse ! avimux ! filesink location=in.avi")

    def run(self, scenario, **faults):
        shutil.rmtree(self.run_folder, ignore_errors=True)
        for name in scenario.inputs:
            os.makedirs(os.path.dirname(os.path.join(self.run_folder, name)), exist_ok=True)
            shutil.copy(os.path.join(self.sources, name), os.path.join(self.run_folder, name))
        shutil.copy(self.registry + ".whole", self.registry)
        for path in (self.list, self.done):
            if os.path.exists(path):
                os.remove(path)
        environment = dict(self.environment)
        if faults.get("kind") == "thread":
            environment["OMP_NUM_THREADS"] = "2"
        if faults:
            environment.update(LD_PRELOAD=self.shim, GANFACE_FAULT_PROGRAM="ganface")
            environment.update({"GANFACE_FAULT_" + name.upper(): text for name, text in faults.items()})
        began = time.monotonic()
        with open(os.path.join(self.folder, "said"), "w+b") as said:
            process = subprocess.Popen(["ganface", "repair"] + scenario.arguments, cwd=self.run_folder,
                                       env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
            try:
                code = process.wait(self.bound_s)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                code = None
            said.seek(0)
            words = said.read().decode(errors="replace")
        return Outcome(code, words, time.monotonic() - began, files_below(self.run_folder),
                       os.path.exists(self.done))

    def pixels(self, shown):
        raw = os.path.join(self.folder, "pixels")
        subprocess.run(["gst-launch-1.0", "-q", "filesrc", "location=" + shown, "!", "decodebin", "!", "videoconvert", "!",
                        "video/x-raw,format=RGB", "!", "filesink", "location=" + raw],
                       env=self.environment, check=True, stdout=subprocess.DEVNULL)
        with open(raw, "rb") as file:
            return file.read()

    def keep_results(self, scenario):
        """Those of the last run, for same_but_for_kernels()."""
        self.kept = {name: self.pixels(os.path.join(self.run_folder, name)) for name in scenario.outputs}

    def same_but_for_kernels(self, outcome, results):
        """The outcome, in which a result by other kernels is the one that was kept."""
        files = dict(outcome.files)
        for name in self.kept.keys() & files.keys():
            if files[name] == results[name]:
                continue
            pixels, kept = self.pixels(os.path.join(self.run_folder, name)), self.kept[name]
            if len(pixels) == len(kept) and sum(abs(a - b) for a, b in zip(pixels, kept)) <= MOST_LEVELS * len(kept):
                files[name] = results[name]
        return outcome._replace(files=files)

    def sites(self, scenario, kind):
        outcome = self.run(scenario, kind=kind, list=self.list)
        if outcome.code != 0:
            sys.exit(f"{scenario.name} fails without a fault: {outcome.said}")
        if not os.path.exists(self.list):
            return []
        with open(self.list) as lines:
            return [Site(words[0], words[1], words[2], words[3:]) for words in map(str.split, lines)]


class Symbols:
    """Names of return addresses."""

    def __init__(self, environment):
        self.environment, self.paths = environment, {}

    def path_of(self, module):
        if not self.paths:
            program = shutil.which("ganface", path=self.environment["PATH"])
            plugins = self.environment.get("GST_PLUGIN_PATH", "")
            self.paths["ganface"] = program
            for name in ("libgstganface.so", "libganface-elements.module"):
                self.paths[name] = os.path.join(plugins, name)
            listed = subprocess.run(["ldd", program], capture_output=True, text=True).stdout
            for name, path in re.findall(r"(\S+) => (/\S+)", listed):
                self.paths[name] = os.path.realpath(path)
        return self.paths.get(module)

    def name(self, frame):
        module, offset = frame.rsplit("+", 1)
        path = self.path_of(module)
        if path is None:
            return module
        # The call stands before the address that it returns to.
        named = subprocess.run(["addr2line", "-f", "-C", "-e", path, hex(int(offset, 16) - 1)],
                               capture_output=True, text=True).stdout.split("\n")[0]
        return f"{module}: {named[:110]}" if named and named != "??" else frame

    def stack(self, site, most=14):
        return [self.name(frame) for frame in site.frames[:most]]


def chosen(sites, kind, scenario, known, everything, share):
    """Those sites that a run tries: new ones, in a folder known ones too, and of allocations outside of the product
    a sample."""
    picked = []
    for site in sites:
        # A place in the code that several scenarios pass is one; in a folder an error has another way.
        key = (kind, site.id)
        repeated = key in known
        known.add(key)
        position = int(site.id[:8], 16) % 1000 / 1000
        if kind == "memory":
            sample = {"own": 1, "below": 1, "outside": 0.02}[site.place]
            if repeated:
                sample *= 0.1 if scenario.name == "folder" else 0
            if not everything:
                sample *= share
            if position < sample:
                picked.append(site)
        # Some ask for a thread or a file as often as a repair takes them.
        elif everything and (not repeated or scenario.name == "folder"):
            picked.append(site)
        elif not everything and (not repeated and int(site.id.split(".")[1]) <= 2 and
                                 (site.place != "outside" or kind not in ("open", "read") or position < 0.1)):
            picked.append(site)
    return picked


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("shim")
    parser.add_argument("--all", action="store_true", help="every site, not the part that fits a minute")
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--scenarios", default=",".join(s.name for s in SCENARIOS))
    parser.add_argument("--share", type=float, default=0.01, help="of the allocations, without --all")
    parser.add_argument("--at", help="one site, as it was named")
    parser.add_argument("--list", action="store_true", help="count the sites only")
    parser.add_argument("--log", help="file that gets a line a run")
    options = parser.parse_args()
    check_judge()
    log = open(options.log, "a") if options.log else None
    bad, counts, known = 0, collections.defaultdict(collections.Counter), set()
    with tempfile.TemporaryDirectory() as folder:
        trial = Trial(options.shim, folder)
        symbols = Symbols(trial.environment)
        for scenario in SCENARIOS:
            if scenario.name not in options.scenarios.split(","):
                continue
            before = trial.run(scenario)
            if before.code != 0:
                sys.exit(f"{scenario.name} fails without a fault: {before.said}")
            trial.bound_s = max(LEAST_BOUND_S, RUNS_OF_BOUND * before.seconds)
            results = {name: before.files[name] for name in scenario.outputs}
            inputs = {name: what for name, what in before.files.items() if name not in results}
            trial.keep_results(scenario)
            for kind in options.kinds.split(","):
                sites = trial.sites(scenario, kind)
                picked = chosen(sites, kind, scenario, known, options.all, options.share)
                if options.at:
                    picked = [site for site in sites if site.id == options.at]
                counts[kind]["sites"] += len(sites)
                print(f"{scenario.name}, {kind}: {len(picked)} of {len(sites)} sites", flush=True)
                if options.list:
                    continue
                for site in picked:
                    outcome = trial.run(scenario, kind=kind, at=site.id, done=trial.done)
                    is_fragile = bool(site.frames) and site.frames[0].startswith(FRAGILE)
                    if outcome.code == 0 and is_fragile:
                        outcome = trial.same_but_for_kernels(outcome, results)
                    verdict = judge(outcome, scenario, inputs, results)
                    if not outcome.reached and verdict == "survived":
                        verdict = "not reached"
                    fine = verdict in ("survived", "clear error", "not reached")
                    # Whose own way it is to end the process.
                    apart = (verdict in ("ended by GLib", "ended by the C library") or
                             (kind == "memory" and site.place == "outside") or
                             (verdict.startswith("ended by signal") and is_fragile))
                    counts[kind]["tried"] += 1
                    counts[kind][verdict if fine else "ended by a library" if apart else "bad"] += 1
                    if log:
                        line = outcome.said.strip().replace("\n", " | ")[:300]
                        log.write(f"{scenario.name}\t{kind}\t{site.id}\t{site.place}\t{site.function}\t"
                                  f"{verdict}\t{outcome.code}\t{outcome.seconds:.1f}\t{line}\t"
                                  f"{' '.join(site.frames)}\n")
                        log.flush()
                    if not fine and not apart:
                        bad += 1
                        print(f"FAIL: {scenario.name}, {kind} {site.id} ({site.place}), {site.function}:"
                              f" {verdict}\n  said: {outcome.said.strip()[-400:]}")
                        print("\n".join("    " + name for name in symbols.stack(site)), flush=True)
    columns = ["sites", "tried", "survived", "clear error", "ended by a library", "not reached", "bad"]
    print(" | ".join(["kind"] + columns))
    for kind, count in counts.items():
        print(" | ".join([kind] + [str(count[column]) for column in columns]))
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
