//! Ranges of bytes, as requests ask for them.

use super::reply::Refusal;

/// Reads `bytes=A-[B]` as offset and length, cut at the end; other forms count as no range.
pub(super) fn parse_range(text: &str, length: u64) -> Result<Option<(u64, u64)>, Refusal> {
    let bounds = text
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'));
    let Some((start, end)) = bounds else {
        return Ok(None);
    };
    let Ok(start) = start.parse::<u64>() else {
        return Ok(None);
    };
    let end = match end {
        "" => length,
        end => match end.parse::<u64>() {
            Ok(last) if last >= start => last.saturating_add(1).min(length),
            _ => return Ok(None),
        },
    };
    if start >= length {
        Err(Refusal::out_of_range(length))
    } else {
        Ok(Some((start, end - start)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::StatusCode;

    #[test]
    fn ranges_are_cut_at_the_end() {
        assert_eq!(parse_range("bytes=2-4", 10).unwrap(), Some((2, 3)));
        assert_eq!(parse_range("bytes=8-400", 10).unwrap(), Some((8, 2)));
        assert_eq!(parse_range("bytes=3-", 10).unwrap(), Some((3, 7)));
        assert_eq!(parse_range("bytes=-3", 10).unwrap(), None);
        assert_eq!(parse_range("bytes=10-12", 10).unwrap_err().code, "InvalidRange");
        assert_eq!(
            parse_range("bytes=0-0", 0).unwrap_err().status,
            StatusCode::RANGE_NOT_SATISFIABLE
        );
    }
}
