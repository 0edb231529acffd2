//! A fault that is planted in what the tests of this thread render: see `programs::planted`.

use std::cell::RefCell;

thread_local! {
    static FAULT: RefCell<Option<(&'static str, &'static str)>> = const { RefCell::new(None) };
}

/// Plants a fault, what it takes the place of first, or none.
pub(crate) fn plant(fault: Option<(&'static str, &'static str)>) {
    FAULT.set(fault);
}

/// Tells whether there is one.
pub(crate) fn is_planted() -> bool {
    FAULT.with_borrow(Option::is_some)
}

/// Returns a rendered text with the fault that is planted in this thread, if there is one.
pub(crate) fn into(text: String) -> String {
    FAULT.with_borrow(|fault| match fault {
        Some((from, to)) => text.replace(from, to),
        None => text,
    })
}
