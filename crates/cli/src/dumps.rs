//! Sees to it that a crash leaves no picture of the process's memory behind: secrets are in it.

/// Forbids core dumps of this process; on Linux also that programs of the same user look into it.
pub(crate) fn forbid() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let none = Rlimit { current: Some(0), maximum: Some(0) };
        if let Err(error) = setrlimit(Resource::Core, none) {
            anstream::eprintln!("warning: core dumps could not be switched off: {error}");
        }
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
            anstream::eprintln!("warning: the memory could not be closed to other programs: {error}");
        }
    }
}
