//! What a platform is to the server.

use super::answer::Answer;
use super::request::Request;

/// The API of one platform. All methods are called on threads that may block.
pub(super) trait Platform: Send + Sync {
    /// Whether a path is one of its own, whatever the method.
    fn owns(&self, path: &[&str]) -> bool;

    /// Whether a request needs no token, such as a link that cannot be guessed.
    fn is_public(&self, _request: &Request) -> bool {
        false
    }

    /// The answer to a request whose token is missing or wrong.
    fn refuse(&self, request: &Request) -> Answer;

    /// The answer to a request, also to one with the wrong method or of an unknown path below its own.
    fn answer(&self, request: &Request) -> Answer;
}
