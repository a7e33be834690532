//! Tables without lines. On a terminal they fit it: words are never cut, and what is too wide for one line continues in the
//! next. For programs a row is one line.

use super::{
    human::plain,
    wrap::{longest_word, width_of, wrap},
};

/// Between two columns.
const GAP: usize = 2;
/// What continues in the next line stands so far in.
const INDENT: usize = 2;
/// A column of prose that is narrower than this is hard to read.
const NARROWEST: usize = 24;

/// What a cell of a table shows, harmless by now.
#[derive(Debug)]
pub struct Cell(Vec<String>);

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self(vec![plain(&text)])
    }
}

impl Cell {
    /// Several lines, each of which stays one.
    pub fn of_lines(lines: impl IntoIterator<Item = String>) -> Self {
        Self(lines.into_iter().map(|line| plain(&line)).collect())
    }

    fn width(&self) -> usize {
        self.0.iter().map(|line| width_of(line)).max().unwrap_or_default()
    }

    fn longest_word(&self) -> usize {
        self.0
            .iter()
            .map(|line| longest_word(line))
            .max()
            .unwrap_or_default()
    }

    fn wrapped(&self, width: usize) -> Vec<String> {
        self.0.iter().flat_map(|line| wrap(line, width)).collect()
    }
}

/// A header in capitals and the rows below it, for a screen of this many columns; none: for a program.
pub(super) fn table<C: Into<Cell>>(
    headers: &[&str],
    rows: impl Iterator<Item = Vec<C>>,
    screen: Option<usize>,
) -> String {
    let header: Vec<Cell> = headers.iter().map(|h| h.to_uppercase().into()).collect();
    let mut all = vec![header];
    all.extend(rows.map(|row| row.into_iter().map(Into::into).collect::<Vec<Cell>>()));
    let most = |of: &dyn Fn(&Cell) -> usize| -> Vec<usize> {
        let cells = |column: usize| all.iter().filter_map(move |row: &Vec<Cell>| row.get(column));
        (0..headers.len())
            .map(|column| cells(column).map(of).max().unwrap_or_default())
            .collect()
    };
    let natural = most(&Cell::width);
    let Some(screen) = screen else {
        return grid(&all, &[(0..headers.len()).collect()], &natural);
    };
    let gaps = GAP * headers.len().saturating_sub(1);
    if let Some(widths) = share(&natural, &most(&Cell::longest_word), screen.saturating_sub(gaps)) {
        return grid(&all, &[(0..headers.len()).collect()], &widths);
    }
    let (groups, widths) = fold(&natural, screen);
    grid(&all, &groups, &widths)
}

/// Gives each column its share of a line, so that no word is cut; none, where that is not to be had.
fn share(natural: &[usize], words: &[usize], mut left: usize) -> Option<Vec<usize>> {
    if natural.iter().sum::<usize>() <= left {
        return Some(natural.to_vec());
    }
    let least = |column: usize| words[column].max(natural[column].min(NARROWEST));
    let mut widths: Vec<Option<usize>> = vec![None; natural.len()];
    loop {
        let open: Vec<usize> = (0..natural.len()).filter(|c| widths[*c].is_none()).collect();
        let Some(each) = left.checked_div(open.len()) else {
            return widths.into_iter().collect();
        };
        let fits = open.iter().find(|c| natural[**c] <= each);
        let narrow = open.iter().find(|c| least(**c) > each);
        let (column, width) = match (fits, narrow) {
            (Some(column), _) => (*column, natural[*column]),
            (None, Some(column)) => (*column, least(*column)),
            (None, None) => {
                for column in &open {
                    widths[*column] = Some(each);
                }
                return widths.into_iter().collect();
            }
        };
        widths[column] = Some(width);
        left = left.checked_sub(width)?;
    }
}

/// Puts as many columns into each line as fit whole; one that is wider than the screen has lines of its own.
fn fold(natural: &[usize], screen: usize) -> (Vec<Vec<usize>>, Vec<usize>) {
    let mut groups: Vec<Vec<usize>> = vec![];
    let mut widths = vec![];
    let mut used = 0;
    for (column, width) in natural.iter().enumerate() {
        let indent = if groups.len() > 1 { INDENT } else { 0 };
        let width = (*width).min(screen.saturating_sub(INDENT));
        widths.push(width);
        match groups.last_mut() {
            Some(group) if indent + used + GAP + width <= screen => {
                group.push(column);
                used += GAP + width;
            }
            _ => {
                groups.push(vec![column]);
                used = width;
            }
        }
    }
    (groups, widths)
}

/// Each row in as many lines as there are groups of columns, and more where a cell is wrapped.
fn grid(rows: &[Vec<Cell>], groups: &[Vec<usize>], widths: &[usize]) -> String {
    let mut lines: Vec<String> = vec![];
    for row in rows {
        for (index, group) in groups.iter().enumerate() {
            let indent = if index > 0 { INDENT } else { 0 };
            let cells: Vec<(usize, Vec<String>)> = group
                .iter()
                .filter_map(|column| Some((widths[*column], row.get(*column)?.wrapped(widths[*column]))))
                .collect();
            let height = cells
                .iter()
                .map(|(_, lines)| lines.len())
                .max()
                .unwrap_or_default();
            for at in 0..height {
                let mut line = " ".repeat(indent);
                for (width, cell) in &cells {
                    let text = cell.get(at).map(String::as_str).unwrap_or_default();
                    let padding = (width + GAP).saturating_sub(width_of(text));
                    line.push_str(text);
                    line.push_str(&" ".repeat(padding));
                }
                let line = line.trim_end();
                // A line of empty cells shows nothing.
                if !line.is_empty() || groups.len() == 1 {
                    lines.push(line.to_owned());
                }
            }
        }
    }
    lines.join("\n")
}

/// What something is, one line for each of its sides; empty ones are left out. What does not fit beside its label stands
/// below it.
pub(super) fn pairs(pairs: Vec<(&'static str, String)>, screen: Option<usize>) -> String {
    let shown: Vec<(&str, String)> = pairs
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(label, value)| (label, plain(&value)))
        .collect();
    let labels = shown
        .iter()
        .map(|(label, _)| width_of(label))
        .max()
        .unwrap_or_default();
    let mut lines = vec![];
    for (label, value) in shown {
        let beside = format!("{label}{}", " ".repeat(labels + GAP - width_of(label)));
        let Some(screen) = screen else {
            lines.push(format!("{beside}{value}"));
            continue;
        };
        let room = screen.saturating_sub(labels + GAP);
        if width_of(&value) > room && (longest_word(&value) > room || room < NARROWEST) {
            lines.push(label.to_owned());
            let below = wrap(&value, screen.saturating_sub(INDENT));
            lines.extend(
                below
                    .into_iter()
                    .map(|line| format!("{}{line}", " ".repeat(INDENT))),
            );
            continue;
        }
        for (at, line) in wrap(&value, room).into_iter().enumerate() {
            let before = if at == 0 {
                beside.clone()
            } else {
                " ".repeat(labels + GAP)
            };
            lines.push(format!("{before}{line}").trim_end().to_owned());
        }
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> std::vec::IntoIter<Vec<String>> {
        vec![
            vec!["a".to_owned(), "long value".to_owned()],
            vec!["bcd".to_owned(), "x\u{7}".to_owned()],
        ]
        .into_iter()
    }

    #[test]
    fn rows_are_lines_of_columns() {
        for screen in [None, Some(80)] {
            assert_eq!(
                table(&["name", "value"], rows(), screen),
                "NAME  VALUE\na     long value\nbcd   x\\u{7}"
            );
        }
        for screen in [None, Some(80)] {
            assert_eq!(
                pairs(vec![("name", "n".into()), ("none", String::new())], screen),
                "name  n"
            );
        }
    }

    const ID: &str = "0190a2c4-7f3e-7000-8000-0123456789ab";
    const SCOPE: &str = "/subscriptions/72f0c5f1-6d0a-4b7e-9c57-2f1e8d3a4b10/resourceGroups/north/providers/\
                         Microsoft.Storage/storageAccounts/northsource/blobServices/default/containers/backups";

    fn words(text: &str) -> Vec<String> {
        let all: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        all.split([' ', '/']).map(str::to_owned).collect()
    }

    #[test]
    fn no_line_is_wider_than_the_screen_and_no_word_is_cut() {
        let prose =
            "Another client deleted it. Grant it again with the command that is named here, or remove it.";
        let row = || {
            vec![
                "missing".to_owned(),
                format!("copy-source granted at {SCOPE}"),
                prose.to_owned(),
            ]
        };
        let list = || {
            let day = "2026-11-30 12:00:00 UTC".to_owned();
            vec![
                day,
                "nightly-m365".into(),
                "exact".into(),
                "1 234 567".into(),
                "1.5 GiB".into(),
                ID.into(),
            ]
        };
        let several = |row: Vec<String>| vec![row.clone(), row].into_iter();
        for screen in [40, 60, 80, 120, 200] {
            let detailed = table(&["result", "what", "detail"], several(row()), Some(screen));
            let listed = table(
                &["shows", "job", "exactness", "items", "size", "point"],
                several(list()),
                Some(screen),
            );
            let shown = pairs(
                vec![
                    ("thumbprint (SHA-1)", "AB".repeat(20)),
                    ("grant", SCOPE.into()),
                    ("proof", prose.into()),
                ],
                Some(screen),
            );
            for (text, from) in [(&detailed, row()), (&listed, list())] {
                assert!(
                    text.lines().all(|line| width_of(line) <= screen),
                    "{screen}:\n{text}"
                );
                let there = words(text);
                for cell in from {
                    assert!(
                        words(&cell).iter().all(|word| there.contains(word)),
                        "{screen}:\n{text}"
                    );
                }
            }
            assert!(
                shown.lines().all(|line| width_of(line) <= screen.max(42)),
                "{screen}:\n{shown}"
            );
        }
        let one_line = table(
            &["shows", "point"],
            several(vec!["2026-11-30".into(), ID.into()]),
            Some(80),
        );
        assert_eq!(one_line.lines().count(), 3);
    }
}
