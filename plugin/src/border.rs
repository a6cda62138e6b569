//! The border to the host: no panic crosses it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Does what a host asked for; a panic becomes a sentence for the status line. `doing` completes "while …". Costs nothing
/// and allocates nothing unless there is a panic.
///
/// # Errors
/// The sentence. What `act` was changing may be half done then: the caller says what becomes of it.
pub fn guarded<T>(doing: &str, act: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(act)).map_err(|panic| sentence(doing, &*panic))
}

fn sentence(doing: &str, panic: &(dyn Any + Send)) -> String {
    let message = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let message = message.unwrap_or("no message");
    format!("Solferino made a mistake while {doing}. Please report this: \"{message}\".")
}

#[cfg(test)]
mod tests {
    use super::guarded;

    #[test]
    fn a_panic_becomes_a_sentence() {
        assert_eq!(guarded("counting", || 3), Ok(3));
        let told = |panic: fn()| guarded("drawing the window", panic).unwrap_err();
        let sentence =
            |message| format!("Solferino made a mistake while drawing the window. Please report this: \"{message}\".");
        assert_eq!(told(|| panic!("a word")), sentence("a word"));
        assert_eq!(told(|| panic!("take {}", 3)), sentence("take 3"));
        assert_eq!(told(|| std::panic::panic_any(3)), sentence("no message"));
    }
}
