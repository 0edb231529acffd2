//! A control group with the limits of a container, of either version, where the machine lets us make one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use super::roots::{self, privileged};

/// Limits of memory and of processor time; ends with the test.
pub(super) struct Group {
    memory: PathBuf,
    cpu: PathBuf,
    is_second: bool,
}

impl Group {
    /// Makes one with a memory limit in bytes, or nothing where that is not possible.
    pub(super) fn new(limit: u64) -> Option<Self> {
        let root = Path::new("/sys/fs/cgroup");
        let name = format!("cachegen-{}", process::id());
        let is_second = root.join("cgroup.controllers").exists();
        let group = if is_second {
            Self {
                memory: root.join(&name),
                cpu: root.join(&name),
                is_second,
            }
        } else {
            Self {
                memory: root.join("memory").join(&name),
                cpu: root.join("cpu").join(&name),
                is_second,
            }
        };
        if is_second {
            run(
                "echo '+memory +cpu' >\"$0\"",
                &root.join("cgroup.subtree_control"),
                "",
            );
        }
        let is_made = run("mkdir -p \"$0\" \"$1\"", &group.memory, path(&group.cpu));
        let file = group.memory_file("memory.limit_in_bytes", "memory.max");
        let is_limited = is_made && write(&file, &limit.to_string());
        is_limited.then_some(group)
    }

    /// Returns a file of the memory controller, by its name in the first and the second version.
    fn memory_file(&self, first: &str, second: &str) -> PathBuf {
        self.memory
            .join(if self.is_second { second } else { first })
    }

    /// Takes a process in; what it starts comes with it.
    pub(super) fn take(&self, pid: &str) {
        for directory in [&self.memory, &self.cpu] {
            assert!(write(&directory.join("cgroup.procs"), pid), "{pid}");
        }
    }

    /// Leaves it half a core.
    pub(super) fn halve_a_core(&self) {
        let is_done = if self.is_second {
            write(&self.cpu.join("cpu.max"), "50000 100000")
        } else {
            write(&self.cpu.join("cpu.cfs_period_us"), "100000")
                && write(&self.cpu.join("cpu.cfs_quota_us"), "50000")
        };
        assert!(is_done, "no limit of processor time");
    }

    /// Returns the most that was used, in bytes, page cache and all.
    pub(super) fn peak(&self) -> u64 {
        let file = self.memory_file("memory.max_usage_in_bytes", "memory.peak");
        let text = fs::read_to_string(file).expect("the group has a peak");
        text.trim().parse().expect("a peak is a number")
    }

    /// Returns how many processes the kernel killed for want of memory.
    pub(super) fn n_killed(&self) -> u64 {
        let file = self.memory_file("memory.oom_control", "memory.events");
        let text = fs::read_to_string(file).expect("the group counts");
        let line = text.lines().find_map(|line| line.strip_prefix("oom_kill "));
        line.and_then(|number| number.trim().parse().ok())
            .expect("it counts kills")
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Its processes end with their pod; until then the directory is in use, and is left empty to the machine.
        let script = "for i in 1 2 3 4 5 6 7 8 9 10; do rmdir \"$0\" \"$1\" 2>/dev/null; [ -e \"$0\" ] || exit 0; sleep 0.2; done";
        run(script, &self.memory, path(&self.cpu));
    }
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a group's path is ASCII")
}

fn write(file: &Path, text: &str) -> bool {
    run("printf %s \"$1\" >\"$0\"", file, text)
}

/// Runs a script as root; returns whether that succeeded.
fn run(script: &str, file: &Path, argument: &str) -> bool {
    let mut command = privileged("sh");
    command.args(["-c", script]).arg(file).arg(argument);
    roots::output(&mut command, b"").status.success()
}
