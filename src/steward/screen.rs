// SPDX-License-Identifier: MIT OR Apache-2.0
//! One setting turns the picture and the touch together. Slint turns pixels only (`SLINT_KMS_ROTATION`, clockwise);
//! touches are turned by libinput's calibration matrix, which udev hands over.

/// libinput's first two rows: `x' = a·x + b·y + c`, `y' = d·x + e·y + f`, all between 0 and 1.
pub type Matrix = [i8; 6];

/// What brings a touch on the glass to its place on a picture that is turned clockwise by so many degrees.
///
/// Slint's two renderers put the picture's upper left corner to the glass's upper right one for 90°; libinput's own
/// table is for a *device* that is turned, which is the other way round.
pub fn matrix(rotation: u16) -> Matrix {
    match rotation {
        90 => [0, 1, 0, -1, 0, 1],
        180 => [-1, 0, 1, 0, -1, 1],
        270 => [0, -1, 1, 1, 0, 0],
        _ => [1, 0, 0, 0, 1, 0],
    }
}

/// `/run/motcua/screen.env`.
pub fn environment(rotation: u16) -> String {
    format!("SLINT_KMS_ROTATION={rotation}\n")
}

/// `/run/udev/rules.d/70-motcua-touch.rules`.
pub fn rule(rotation: u16) -> String {
    let numbers = matrix(rotation).map(|n| n.to_string()).join(" ");
    format!(
        "# The touch screen turns with the picture.\n\
         ACTION==\"add|change\", SUBSYSTEM==\"input\", KERNEL==\"event[0-9]*\", ENV{{ID_INPUT_TOUCHSCREEN}}==\"1\", \
         ENV{{LIBINPUT_CALIBRATION_MATRIX}}=\"{numbers}\"\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where a corner of the picture is on the glass, as Slint 1.18 draws it: turned clockwise.
    fn on_glass(rotation: u16, (x, y): (i8, i8)) -> (i8, i8) {
        match rotation {
            90 => (1 - y, x),
            180 => (1 - x, 1 - y),
            270 => (y, 1 - x),
            _ => (x, y),
        }
    }

    #[test]
    fn a_touch_on_a_corner_of_the_glass_is_at_that_corner_of_the_picture() {
        for rotation in [0, 90, 180, 270] {
            for corner in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                let (x, y) = on_glass(rotation, corner);
                let [a, b, c, d, e, f] = matrix(rotation);
                assert_eq!((a * x + b * y + c, d * x + e * y + f), corner, "{rotation} {corner:?}");
            }
        }
    }

    #[test]
    fn picture_and_touch_come_from_the_one_setting() {
        assert_eq!(environment(270), "SLINT_KMS_ROTATION=270\n");
        assert!(rule(270).contains("=\"0 -1 1 1 0 0\"\n") && rule(90).contains("=\"0 1 0 -1 0 1\"\n"));
    }
}
