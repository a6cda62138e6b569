//! How much may be asked for.

/// The most bars of a continuation.
pub const MAX_BARS: u32 = 32;
/// The most takes of a request.
pub const MAX_TAKES: u32 = 16;
/// The highest temperature.
pub const MAX_TEMPERATURE: f32 = 2.0;
