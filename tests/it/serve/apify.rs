//! The API of apify.
