// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hub's rates once more where a flush costs something. The budgets are
//! about SD cards and plain disks; where this machine's disk answers a flush
//! from a cache, strace puts a delay on every one, on the yardstick's as well.

use crate::{Figure, Report, hub};

/// Set in the process that runs with slow flushes.
const MARK: &str = "MOTCUA_BENCH_SLOW_DISK";
/// What each flush takes longer there, microseconds: a good SD card, an ordinary SATA disk.
const FLUSH_US: u32 = 4_000;

/// This is the process with slow flushes.
pub fn is_here() -> bool {
    std::env::var_os(MARK).is_some()
}

/// Measures in a process of its own and takes its figures over.
pub fn run(report: &mut Report) {
    let delay = format!("inject=fsync,fdatasync:delay_exit={FLUSH_US}");
    let run = std::process::Command::new("strace")
        .args(["-f", "-qq", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e", &delay])
        .arg(std::env::current_exe().unwrap())
        .env(MARK, "1")
        .output();
    match run {
        Ok(out) if out.status.success() => {
            let figures: Vec<Figure> = serde_json::from_slice(&out.stdout).unwrap();
            figures.into_iter().for_each(|f| report.take(f));
        }
        Ok(out) => {
            println!("(no slow flushes: {})", String::from_utf8_lossy(&out.stderr).trim());
        }
        Err(e) => println!("(no figures with slow flushes: strace: {e})"),
    }
}

/// In the process with slow flushes: figures as JSON on standard output.
pub fn measure() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut report = Report { quiet: true, ..Report::default() };
    let bare = hub::bare(&mut report);
    hub::rates(&mut report, &runtime, &hub::dir("slow"), "flush 4 ms", bare);
    report.figures.iter_mut().for_each(|f| f.group = "slow disk".into());
    println!("{}", report.json());
}
