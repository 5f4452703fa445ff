// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a printer model can do and which commands it takes, as data: one TOML file per model class in `profiles/`.
//! No code here depends on a maker's name; a hall with an odd printer brings its own file.

use serde::Deserialize;

use super::tcvn::Pages;
use super::transport::PrinterUrl;

/// A printer model class.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The short name under which it is configured; not in the file.
    #[serde(skip)]
    pub name: String,
    /// For people: maker and models.
    pub title: String,
    /// Dots per inch of the head: 203 (8 dots per millimetre), or 180, on which everything comes out an eighth larger.
    pub dpi: u8,
    /// Printable width in dots; at most 832 (104 mm paper at 203 dpi).
    pub width_dots: u16,
    /// Columns of the printer's own font A (12 dots each).
    pub columns: u8,
    /// How text is put on paper.
    pub text: TextMode,
    /// How the hero line is put on paper.
    pub hero: HeroMode,
    /// Text mode on a link that is not serial, if it differs.
    pub fast_text: Option<TextMode>,
    /// Hero mode on a link that is not serial, if it differs.
    pub fast_hero: Option<HeroMode>,
    /// Send `GS P` with the head's resolution so that feeds count in dots whatever the model's own unit is.
    pub set_motion_units: bool,
    /// The cut command.
    pub cut: CutMode,
    /// Extra feed before the cut, in dots, beyond what the printer needs to clear its cutter.
    pub cut_feed_dots: u8,
    /// Who draws a QR code.
    pub qr: QrMode,
    /// Whether text in the printer's own font stands beside a QR code: the code is then sent in strips (`ESC *`), which
    /// takes about 0.9 KB more than asking the printer to draw it.
    pub qr_strips: bool,
    /// Most picture bytes in one raster command. Small bands keep what one lost command can swallow small, and
    /// let a status request in between.
    pub band_bytes: u16,
    /// Rated print speed in millimetres per second; the simulator uses it.
    pub speed_mm_s: u16,
    /// Whether automatic status back (`GS a`) exists.
    pub asb: bool,
    /// Whether Custom's full status (`DLE EOT 20`) exists.
    pub full_status: bool,
    /// What proves that a slip is out.
    pub proof: Proof,
    /// Whether `DLE ENQ` recovers from a cutter error.
    pub recover: bool,
    /// Whether `DLE DC4` function 8 clears the buffers and says so.
    pub clear_buffer: bool,
    /// The TCVN-3 pages, needed by [`TextMode::Tcvn3`].
    pub tcvn3: Option<Pages>,
    /// The presenter, where there is one.
    pub presenter: Option<Presenter>,
}

/// How text is put on paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TextMode {
    /// As pictures in our own typeface: the same on every printer, and the best to look at.
    Raster,
    /// In the printer's own font from its two TCVN-3 pages: few bytes.
    Tcvn3,
    /// In our own typeface as downloaded glyphs (`ESC &`) of fixed width: few bytes, needs no page.
    Glyphs,
}

/// How the hero line is put on paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HeroMode {
    /// A picture at the full resolution of the head: about 12 KB.
    Full,
    /// A picture at half the resolution, doubled by the printer: a quarter of the bytes.
    Half,
}

/// The cut command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CutMode {
    /// `GS V 66 n`: feed to the cutter and leave a bridge, so that the slip does not fall back.
    FeedPartial,
    /// `GS V 65 n`: feed to the cutter and cut through, for printers with a presenter.
    FeedFull,
}

/// Who draws a QR code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum QrMode {
    /// The printer, by `GS ( k`.
    Command,
    /// We, as a picture.
    Raster,
}

/// What proves that a slip is out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// `GS ( H`: the printer returns our own four bytes once everything before them is done.
    ProcessId,
    /// `GS r 1` queued behind the cut: its answer says that the cut was reached, and whether there is paper.
    QueuedStatus,
}

/// The mechanism that holds a cut slip out to the citizen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Presenter {
    /// Motor steps by which the slip is pushed out (`GS e 3 n`).
    pub steps: u8,
    /// Seconds after which an untaken slip is drawn back (`GS e 2`); 0 leaves it.
    pub retract_after_s: u16,
}

/// Why a profile file is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// Not TOML, an unknown key, a missing key or a wrong type; the message names the line.
    #[error("the printer profile \"{name}\" cannot be read: {source}")]
    Syntax {
        /// Name of the profile.
        name: String,
        /// What the parser says, with line and column.
        source: toml::de::Error,
    },
    /// Readable, but it contradicts itself.
    #[error("the printer profile \"{name}\" is wrong: {reason}")]
    Contradiction {
        /// Name of the profile.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

const BUILTIN: [(&str, &str); 5] = [
    ("epson-tm", include_str!("profiles/epson-tm.toml")),
    ("epson-tm-t88", include_str!("profiles/epson-tm-t88.toml")),
    ("xprinter-xp80", include_str!("profiles/xprinter-xp80.toml")),
    ("custom-vkp80", include_str!("profiles/custom-vkp80.toml")),
    ("generic", include_str!("profiles/generic.toml")),
];

impl Profile {
    /// A profile that comes with the program, by name.
    pub fn builtin(name: &str) -> Option<Profile> {
        let (name, text) = BUILTIN.iter().find(|(known, _)| *known == name)?;
        // A test parses every one of them.
        Profile::parse(name, text).ok()
    }

    /// The names that [`Profile::builtin`] knows.
    pub fn names() -> &'static [&'static str] {
        &["epson-tm", "epson-tm-t88", "xprinter-xp80", "custom-vkp80", "generic"]
    }

    /// Reads a profile from TOML.
    ///
    /// # Errors
    /// When the text is not such a profile, or contradicts itself.
    pub fn parse(name: &str, text: &str) -> Result<Profile, ProfileError> {
        let mut profile: Profile =
            toml::from_str(text).map_err(|source| ProfileError::Syntax { name: name.to_owned(), source })?;
        profile.name = name.to_owned();
        profile.check().map_err(|reason| ProfileError::Contradiction { name: name.to_owned(), reason })?;
        Ok(profile)
    }

    /// The profile as it is used on that link: a link that is not serial carries pictures where the profile says so.
    pub fn on_link(&self, url: &PrinterUrl) -> Profile {
        let mut profile = self.clone();
        if !matches!(url, PrinterUrl::Serial { .. }) {
            profile.text = self.fast_text.unwrap_or(self.text);
            profile.hero = self.fast_hero.unwrap_or(self.hero);
        }
        profile
    }

    fn check(&self) -> Result<(), &'static str> {
        let uses_pages = self.text == TextMode::Tcvn3 || self.fast_text == Some(TextMode::Tcvn3);
        if uses_pages && self.tcvn3.is_none() {
            return Err("text = \"tcvn3\" needs a [tcvn3] table with the numbers of the two pages");
        }
        if !(64..=832).contains(&self.width_dots) || !self.width_dots.is_multiple_of(8) {
            return Err("width_dots must be a multiple of 8 from 64 to 832");
        }
        if usize::from(self.columns) * 12 > usize::from(self.width_dots) || self.columns == 0 {
            return Err("columns of 12 dots each must fit into width_dots");
        }
        if !matches!(self.dpi, 180 | 203) {
            return Err("dpi must be 203 or 180");
        }
        if self.band_bytes < 256 {
            return Err("band_bytes must be at least 256");
        }
        if self.speed_mm_s == 0 {
            return Err("speed_mm_s must not be 0");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_builtin_profile_is_readable() {
        assert_eq!(BUILTIN.map(|(name, _)| name), Profile::names());
        for (name, text) in BUILTIN {
            Profile::parse(name, text).unwrap();
        }
        assert!(Profile::builtin("nec").is_none());
    }

    #[test]
    fn faults_name_the_line_or_the_reason() {
        let text = include_str!("profiles/generic.toml");
        let unknown = Profile::parse("x", &format!("{text}\npaper = 3")).unwrap_err().to_string();
        assert!(unknown.contains("unknown field `paper`") && unknown.contains("line"), "{unknown}");
        let pages = text.replace("text = \"raster\"", "text = \"tcvn3\"");
        let missing = Profile::parse("x", &pages).unwrap_err().to_string();
        assert!(missing.contains("[tcvn3]"), "{missing}");
        for (from, to) in [
            ("= 576", "= 577"),
            ("columns = 48", "columns = 49"),
            ("band_bytes = 1024", "band_bytes = 1"),
            ("dpi = 203", "dpi = 8"),
        ] {
            assert!(Profile::parse("x", &text.replace(from, to)).is_err(), "{to}");
        }
    }

    #[test]
    fn a_fast_link_carries_pictures() {
        let epson = Profile::builtin("epson-tm").unwrap();
        assert_eq!(epson.on_link(&"serial:/dev/ttyS0".parse().unwrap()).text, TextMode::Tcvn3);
        let fast = epson.on_link(&"tcp:192.0.2.7:9100".parse().unwrap());
        assert_eq!((fast.text, fast.hero), (TextMode::Raster, HeroMode::Full));
    }
}
