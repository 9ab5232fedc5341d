use super::*;
use proptest::prelude::*;
use proptest::sample::Index;

fn name(head: &[u8]) -> &'static str {
    detect(head).map_or("unknown", MediaType::name)
}

/// An ftyp box of a major brand and its compatible ones, with the next box behind it.
fn ftyp(major: &[u8; 4], compatible: &[&[u8; 4]]) -> Vec<u8> {
    let size = 16 + 4 * compatible.len() as u32;
    let mut head = size.to_be_bytes().to_vec();
    head.extend(b"ftyp");
    head.extend(major);
    head.extend([0, 0, 2, 0]);
    head.extend(compatible.iter().copied().flatten());
    head.extend(b"\0\0\0\x08avifavif");
    head
}

fn ebml(doc_type: &str) -> Vec<u8> {
    let mut head =
        b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82"
            .to_vec();
    head.push(0x80 | doc_type.len() as u8);
    head.extend(doc_type.as_bytes());
    head.extend(b"\x42\x87\x81\x04");
    head
}

/// Frames of a header, padded to a size.
fn frames(header: &[u8], size: usize, count: usize) -> Vec<u8> {
    let mut frame = header.to_vec();
    frame.resize(size, 0);
    frame.repeat(count)
}

fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let mp3 = frames(&[0xff, 0xfb, 0x90, 0x00], 417, 3);
    let aac = frames(&[0xff, 0xf1, 0x50, 0x80, 0x02, 0x1f, 0xfc], 16, 3);
    let tagged = |behind: &[u8]| [b"ID3\x04\0\0\0\0\0\x05title".as_slice(), behind].concat();
    let bmp = [b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".as_slice(), &[0; 40]].concat();
    let mut samples: Vec<(&str, Vec<u8>)> = vec![
        ("JPEG", b"\xff\xd8\xff\xe0\0\x10JFIF\0".to_vec()),
        ("PNG", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec()),
        ("GIF", b"GIF89a\x01\0\x01\0".to_vec()),
        ("GIF", b"GIF87a\x01\0\x01\0".to_vec()),
        ("WebP", b"RIFF\x24\0\0\0WEBPVP8 ".to_vec()),
        ("WAV", b"RIFF\x24\0\0\0WAVEfmt ".to_vec()),
        ("WAV", b"RF64\xff\xff\xff\xffWAVEds64".to_vec()),
        ("AVI", b"RIFF\x24\0\0\0AVI LIST".to_vec()),
        ("unknown", b"RIFF\x24\0\0\0sfbkLIST".to_vec()),
        ("BMP", bmp),
        ("unknown", b"BMW builds cars, and this is a text about them.".to_vec()),
        ("TIFF", b"II*\0\x08\0\0\0".to_vec()),
        ("TIFF", b"MM\0*\0\0\0\x08".to_vec()),
        ("TIFF", b"II+\0\x08\0\0\0".to_vec()),
        ("PDF", b"%PDF-1.7\n".to_vec()),
        ("Ogg", b"OggS\0\x02\0\0".to_vec()),
        ("FLAC", b"fLaC\0\0\0\x22".to_vec()),
        ("JPEG-XL", b"\xff\x0a\xfa\x1f".to_vec()),
        ("JPEG-XL", b"\0\0\0\x0cJXL \r\n\x87\n".to_vec()),
        ("WebM", ebml("webm")),
        ("Matroska", ebml("matroska")),
        ("unknown", ebml("mkv3d")),
        ("MP3", mp3.clone()),
        ("MP3", frames(&[0xff, 0xf3, 0x80, 0x00], 208, 2)),
        ("MP3", frames(&[0xff, 0xe3, 0x80, 0x00], 417, 2)),
        ("MP3", tagged(&mp3)),
        ("MP3", b"ID3\x03\0\0\0\x01\0\0long tag".to_vec()),
        ("FLAC", tagged(b"fLaC\0\0\0\x22")),
        ("AAC", tagged(&aac)),
        ("AAC", aac),
        ("SVG", b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec()),
        ("SVG", b"<svg>".to_vec()),
        (
            "SVG",
            b"\xef\xbb\xbf\n<?xml version=\"1.0\"?>\n<!-- a > comment <html> -->\n\
              <!DOCTYPE svg PUBLIC \"-//W3C\" \"u\">\n<svg\n"
                .to_vec(),
        ),
        ("SVG", b"<!doctype svg [ <!ENTITY a \"b\"> ] ><!----><svg:svg ".to_vec()),
        ("unknown", b"<!doctype html><svg".to_vec()),
        ("unknown", b"<svgx>".to_vec()),
        ("unknown", b"<!-- never closed <svg>".to_vec()),
        ("unknown", b"<html><svg></svg></html>".to_vec()),
        ("unknown", b"".to_vec()),
        ("unknown", b"plain text".to_vec()),
        ("unknown", b"the wide open spaces".to_vec()),
        ("unknown", b"\xff\xfeU\0T\0F\0-\x001\x006\0".to_vec()),
        ("unknown", frames(&[0xff, 0xfb, 0x90, 0x00], 500, 3)),
        ("unknown", b"\xff\xfb\xf0\x00 bad bit rate".to_vec()),
        ("unknown", b"\xff\xfb\x9c\x00 bad frequency".to_vec()),
        ("unknown", b"\xff\xeb\x90\x00 reserved version".to_vec()),
        ("unknown", b"PK\x03\x04 a zip".to_vec()),
        ("QuickTime", b"\0\0\0\x08wide\0\0\x10\0mdat".to_vec()),
        ("QuickTime", b"\0\0\x10\0moov\0\0\0\x6cmvhd".to_vec()),
        ("QuickTime", b"\0\0\0\x01mdat\0\0\0\0".to_vec()),
    ];
    samples.extend([
        ("HEIC", ftyp(b"heic", &[b"mif1", b"heic"])),
        ("HEIC", ftyp(b"heix", &[b"mif1", b"heix"])),
        ("HEIC", ftyp(b"mif1", &[b"mif1", b"heic"])),
        ("HEIC", ftyp(b"msf1", &[b"hevc"])),
        ("HEIC", ftyp(b"mif1", &[])),
        ("AVIF", ftyp(b"avif", &[b"mif1", b"miaf", b"avif"])),
        ("AVIF", ftyp(b"avis", &[b"msf1"])),
        ("AVIF", ftyp(b"mif1", &[b"mif1", b"avif", b"miaf"])),
        ("AVIF", ftyp(b"msf1", &[b"iso8", b"avis"])),
        ("QuickTime", ftyp(b"qt  ", &[b"qt  "])),
        ("M4A", ftyp(b"M4A ", &[b"mp42", b"isom"])),
        ("M4A", ftyp(b"mp42", &[b"M4A ", b"mp42", b"isom"])),
        ("MP4", ftyp(b"mp42", &[b"M4V ", b"M4A ", b"mp42", b"isom"])),
        ("MP4", ftyp(b"isom", &[b"isom", b"iso2", b"avc1", b"mp41"])),
        ("MP4", ftyp(b"M4V ", &[b"M4A "])),
        ("MP4", ftyp(b"abcd", &[b"mp41"])),
        ("3GP", ftyp(b"3gp4", &[b"isom"])),
        ("unknown", ftyp(b"abcd", &[])),
        ("unknown", ftyp(b"crx ", &[])),
    ]);
    samples
}

#[test]
fn files_are_known_by_their_first_bytes() {
    for (index, (expected, head)) in samples().into_iter().enumerate() {
        assert_eq!(name(&head), expected, "sample {index}: {:?}", String::from_utf8_lossy(&head));
    }
}

proptest! {
    #[test]
    fn no_bytes_break_the_reader(head in proptest::collection::vec(any::<u8>(), 0..600)) {
        detect(&head);
    }

    #[test]
    fn no_truncation_or_damage_breaks_the_reader(which: Index, cut: Index, at: Index, byte: u8) {
        let samples = samples();
        let mut head = which.get(&samples).1.clone();
        if !head.is_empty() {
            let at = at.index(head.len());
            head[at] = byte;
            head.truncate(cut.index(head.len() + 1));
        }
        detect(&head);
    }

    #[test]
    fn what_lies_behind_the_head_changes_nothing(
        which: Index, tail in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        let samples = samples();
        let (_, head) = which.get(&samples);
        if let Some(media) = detect(head) {
            let is_short_audio = matches!(media.format, Format::Mp3 | Format::Aac) && head.len() < 100;
            let mut long = head.clone();
            long.extend(&tail);
            prop_assert!(is_short_audio || detect(&long) == Some(media));
        }
    }
}
