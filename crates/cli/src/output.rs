//! What becomes of a command whose output cannot be written: one sentence and exit 2, as with everything that cannot be done.
//!
//! Printing gives no error back; it panics, wherever in a command it stands. So the panic's own words are what is looked at here,
//! and every other panic is left as it is. An output that nobody reads any more (`| head`) is no trouble at all.

use std::io::Write as _;

/// How a panic of printing begins, in the standard library and in `anstream`.
const PRINTING: [&str; 2] = ["failed printing to stdout: ", "failed printing to stderr: "];

/// From now on, output that cannot be written ends the process with a sentence.
pub(crate) fn mind() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let words = panic.payload_as_str().unwrap_or_default();
        let Some(reason) = PRINTING.iter().find_map(|begin| words.strip_prefix(begin)) else {
            return usual(panic);
        };
        // Where this cannot be written either, the exit code has to do.
        let _ = writeln!(
            std::io::stderr(),
            "error: The output cannot be written: {reason}. Make room there, or send it elsewhere."
        );
        std::process::exit(2);
    }));
}
