//! What a stream or a file says about its music.

/// Names and values, as Vorbis comments have them: `TITLE`, `ARTIST`, `GENRE`, `INITIALKEY`, `BPM`, `ENCODER`, and
/// what else a writer likes. <https://xiph.org/vorbis/doc/v-comment.html>
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags(pub Vec<(&'static str, String)>);

impl Tags {
    /// Those of a live stream.
    #[must_use]
    pub fn titled(title: &str) -> Self {
        Self(vec![("ARTIST", "Aeolian".to_owned()), ("TITLE", title.to_owned())])
    }

    /// As the bytes of a Vorbis comment.
    pub(crate) fn vorbis_comment(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        put(&mut bytes, "Aeolian");
        bytes.extend_from_slice(&(self.0.len() as u32).to_le_bytes());
        self.0.iter().for_each(|(name, value)| put(&mut bytes, &format!("{name}={value}")));
        bytes
    }
}

/// Appends a text with its length before it.
fn put(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend_from_slice(&(text.len() as u32).to_le_bytes());
    bytes.extend_from_slice(text.as_bytes());
}
