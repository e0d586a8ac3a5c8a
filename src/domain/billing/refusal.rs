//! Words of refusals by a limit, which are the same for every meter. A limit of the organization's own is no plan's: another
//! plan would change nothing, only whoever runs the installation can.

/// Something is this.
pub(crate) const FORBIDDEN: &str = "forbidden to this organization";

/// What to do about a limit of the organization's own that allows nothing.
pub(crate) const ASK: &str = "Ask whoever runs this installation to change the organization's own limit.";

/// What to do about one that is used up.
pub(crate) const WAIT_OR_ASK: &str =
    "Wait for the reset, or ask whoever runs this installation to change the organization's own limit.";

/// What to do about a plan that includes nothing of it.
pub(crate) const LARGER: &str = "Choose a larger plan.";
