//! What can go wrong with a server as a whole.

/// The server cannot run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Everybody who reaches the address could steer, and nobody said that they may.
    #[error(
        "everybody who reaches this address could steer its stations: \
         set a control token, or allow it by opening the controls"
    )]
    OpenControls,
    /// Everybody may steer, and only those who have a token.
    #[error("the controls are both open to everybody and guarded by a control token: choose one")]
    OpenAndGuarded,
    /// The listener gives no address.
    #[error("the listener's address cannot be read: {0}")]
    Listener(#[source] std::io::Error),
}
