//! The platforms, and which of them answers a request.

use std::sync::Arc;

use hyper::StatusCode;

use super::access::{Access, host};
use super::answer::Answer;
use super::apify::Apify;
use super::archive::Archive;
use super::deepset::Deepset;
use super::firstgen::FirstGen;
use super::harness::Harness;
use super::platform::Platform;
use super::request::{Credential, Request};

/// All routes.
pub(super) struct Routes {
    access: Access,
    platforms: [Box<dyn Platform>; 4],
}

impl Routes {
    pub(super) fn new(archive: &Arc<Archive>, access: Access) -> Self {
        let platforms: [Box<dyn Platform>; 4] = [
            Box::new(Harness::new(archive)),
            Box::new(FirstGen::new(archive)),
            Box::new(Apify::new(archive)),
            Box::new(Deepset::new(archive)),
        ];
        Self { access, platforms }
    }

    /// The answer to a request. It may block.
    pub(super) fn answer(&self, mut request: Request) -> (Request, Answer) {
        let answer = self.find(&mut request);
        (request, answer)
    }

    fn find(&self, request: &mut Request) -> Answer {
        if !self.access.is_host_known(request) {
            return Answer::text(
                StatusCode::MISDIRECTED_REQUEST,
                "the Host header names another host\n",
            );
        }
        request.origin = format!("http://{}", host(request).unwrap_or_default());
        request.credential = self.access.credential(request);
        let path = request.path();
        let Some(platform) = self.platforms.iter().find(|platform| platform.owns(&path)) else {
            return Answer::text(StatusCode::NOT_FOUND, "no API has this path\n");
        };
        if request.credential != Credential::Right && !platform.is_public(request) {
            return platform.refuse(request);
        }
        platform.answer(request)
    }
}
