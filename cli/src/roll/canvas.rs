//! Pixels: rectangles, text and PNG bytes.

use ab_glyph::{Font, FontRef, PxScale, ScaleFont, point};
use std::io;

/// A colour, red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color(pub [u8; 3]);

/// An axis-aligned rectangle in pixels; edges may lie between pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// The left edge.
    pub x: f32,
    /// The upper edge.
    pub y: f32,
    /// To the right.
    pub width: f32,
    /// Downwards.
    pub height: f32,
}

/// An opaque picture.
#[derive(Clone, Debug)]
pub struct Canvas {
    width: usize,
    height: usize,
    /// Rows from the top, three bytes a pixel.
    pixels: Vec<u8>,
}

impl Canvas {
    /// A picture of one colour.
    #[must_use]
    pub fn new(width: usize, height: usize, color: Color) -> Self {
        Self { width, height, pixels: color.0.repeat(width * height) }
    }

    /// Pixels in a row.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// The colour of a pixel inside the picture.
    #[must_use]
    pub fn pixel(&self, x: usize, y: usize) -> Option<Color> {
        let inside = x < self.width && y < self.height;
        let start = (y * self.width + x) * 3;
        inside.then(|| Color([self.pixels[start], self.pixels[start + 1], self.pixels[start + 2]]))
    }

    /// Lays a colour over a rectangle; `opacity` 0 to 1. Pixels that the edges cut are covered in part.
    pub fn fill(&mut self, rect: Rect, color: Color, opacity: f32) {
        let right = rect.x + rect.width;
        let bottom = rect.y + rect.height;
        for y in index(rect.y)..index(bottom.ceil()).min(self.height) {
            for x in index(rect.x)..index(right.ceil()).min(self.width) {
                let covered = overlap(x, rect.x, right) * overlap(y, rect.y, bottom);
                self.blend(x, y, color, covered * opacity);
            }
        }
    }

    /// Draws a line of text whose middle line is `y`; `size` is its height in pixels. Returns where it ends.
    pub fn text(&mut self, x: f32, y: f32, size: f32, color: Color, text: &str) -> f32 {
        let Ok(font) = FontRef::try_from_slice(epaint_default_fonts::UBUNTU_LIGHT) else { return x };
        let scaled = font.as_scaled(PxScale::from(size));
        let baseline = y + (scaled.ascent() + scaled.descent()) / 2.0;
        let mut pen = x;
        for letter in text.chars() {
            let id = font.glyph_id(letter);
            let glyph = id.with_scale_and_position(PxScale::from(size), point(pen, baseline));
            pen += scaled.h_advance(id);
            let Some(outline) = font.outline_glyph(glyph) else { continue };
            let corner = outline.px_bounds().min;
            // A light face on a dark ground reads thin: its coverage is raised.
            outline.draw(|dx, dy, cover| {
                let (at_x, at_y) = (corner.x + pixels(dx), corner.y + pixels(dy));
                if at_x >= 0.0 && at_y >= 0.0 {
                    self.blend(index(at_x), index(at_y), color, cover.clamp(0.0, 1.0).powf(0.7));
                }
            });
        }
        pen
    }

    /// The picture as the bytes of a PNG file.
    ///
    /// # Errors
    /// When the picture is larger than a PNG can be.
    pub fn png(&self) -> io::Result<Vec<u8>> {
        let side = |n: usize| u32::try_from(n).map_err(io::Error::other);
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, side(self.width)?, side(self.height)?);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let mut writer = encoder.write_header().map_err(io::Error::other)?;
        writer.write_image_data(&self.pixels).map_err(io::Error::other)?;
        writer.finish().map_err(io::Error::other)?;
        Ok(bytes)
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a mix of two bytes is a byte")]
    fn blend(&mut self, x: usize, y: usize, color: Color, opacity: f32) {
        if x >= self.width || y >= self.height {
            return;
        }
        let start = (y * self.width + x) * 3;
        for (below, above) in self.pixels[start..start + 3].iter_mut().zip(color.0) {
            let mixed = f32::from(*below) * (1.0 - opacity) + f32::from(above) * opacity;
            *below = mixed.round() as u8;
        }
    }
}

/// How much of the pixel from `at` to `at + 1` lies between `from` and `to`.
fn overlap(at: usize, from: f32, to: f32) -> f32 {
    let at = at as f32;
    (to.min(at + 1.0) - from.max(at)).clamp(0.0, 1.0)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates at 0; pictures are small")]
fn index(at: f32) -> usize {
    at as usize
}

fn pixels(count: u32) -> f32 {
    count as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLACK: Color = Color([0; 3]);
    const WHITE: Color = Color([255; 3]);

    #[test]
    fn edges_between_pixels_cover_in_part() {
        let mut canvas = Canvas::new(4, 1, BLACK);
        canvas.fill(Rect { x: 0.5, y: 0.0, width: 2.0, height: 1.0 }, WHITE, 1.0);
        let row: Vec<u8> = (0..4).map(|x| canvas.pixel(x, 0).unwrap().0[0]).collect();
        assert_eq!(row, [128, 255, 128, 0]);
    }

    #[test]
    fn what_lies_outside_is_cut_off() {
        let mut canvas = Canvas::new(3, 3, BLACK);
        canvas.fill(Rect { x: -5.0, y: -5.0, width: 6.0, height: 100.0 }, WHITE, 1.0);
        canvas.text(-4.0, 1.0, 12.0, WHITE, "Wide text");
        assert_eq!(canvas.pixel(0, 2), Some(WHITE));
        assert_eq!(canvas.pixel(3, 0), None);
    }

    #[test]
    fn the_png_reads_back_as_the_picture() {
        let mut canvas = Canvas::new(30, 20, BLACK);
        canvas.text(1.0, 10.0, 16.0, WHITE, "ab");
        let bytes = canvas.png().unwrap();
        let mut reader = png::Decoder::new(io::Cursor::new(bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((frame.width, frame.height), (30, 20));
        assert_eq!(pixels, canvas.pixels);
        assert!(pixels.iter().any(|&p| p > 200), "the text left no mark");
    }
}
