// SPDX-License-Identifier: MIT OR Apache-2.0
//! Figures and ratings as tables, for pages and for files; the book that has
//! them all.

use super::Pages;
use super::period::{Asked, title};
use super::session::Who;
use super::words::{moment, name_of, word};
use crate::people::Right;
use crate::province;
use crate::reports::{
    self, Apologies, Figures, Group, HallScore, LevelCount, Line, Period, Ratings, Scope, Wording,
};
use axum::extract::{Query, State};
use axum::response::Response;
use motcua_core::score::{Class, NineIndices, Source};
use motcua_link::db::DbError;
use motcua_link::province::Words;
use motcua_web::download;
use motcua_web::table::{Cell, Table};
use std::collections::BTreeMap;

/// What a report of a period says.
pub struct Report {
    /// Halls asked about.
    pub scope: Scope,
    /// Days.
    pub period: Period,
    /// Grouping.
    pub group: Group,
    /// Names.
    pub words: Wording,
    /// Names of all halls that the person may choose.
    pub all: Wording,
    /// Waits, services, outcomes.
    pub figures: Figures,
    /// Levels, reasons, answers, indices.
    pub ratings: Ratings,
    /// Papers for late dossiers.
    pub apologies: Vec<Apologies>,
    /// Names of fields by their codes, as the catalogue has them.
    pub fields: BTreeMap<String, Words>,
}

impl Report {
    /// Reads what was asked for.
    pub async fn read(app: &Pages, who: &Who, asked: &Asked) -> Result<Report, DbError> {
        let (mine, scope) = (who.scope(), asked.scope(who));
        let (period, group) = (asked.period(), asked.group());
        app.db()
            .read(move |tx| {
                Box::pin(async move {
                    let all = Wording::read(tx, &mine).await?;
                    let words = Wording::read(tx, &scope).await?;
                    let figures = reports::figures(tx, &scope, period, group).await?;
                    let ratings = reports::ratings(tx, &scope, period, group, &words).await?;
                    let apologies = reports::apologies(tx, &scope, period).await?;
                    let fields = province::fields(tx).await?;
                    Ok(Report { scope, period, group, words, all, figures, ratings, apologies, fields })
                })
            })
            .await
    }

    /// A key of the grouping in words.
    pub fn name(&self, lang: &str, key: &str) -> String {
        name_of(&self.words, lang, self.group, key)
    }

    fn title(&self, lang: &str, what: &str) -> String {
        title(lang, what, &self.words, &self.scope, self.period)
    }

    /// Waits, services, outcomes.
    pub fn figures_table(&self, lang: &str) -> Table {
        let mut columns = vec![word(lang, &format!("group.{}", self.group.word()))];
        let by_day = self.group == Group::Day;
        columns.extend(without_days(figure_columns(lang), by_day));
        let known = !matches!(self.group, Group::Counter | Group::Officer);
        let row = |line: &Line, name: String, given: bool| {
            let cells = figure_cells(line, self.figures.per_day(line), given);
            [vec![Cell::Text(name)], without_days(cells, by_day)].concat()
        };
        let lines = self.figures.lines.iter();
        let mut rows: Vec<Vec<Cell>> = lines.map(|l| row(l, self.name(lang, &l.key), known)).collect();
        rows.push(row(&self.figures.sum, t!("sum", locale = lang).into_owned(), true));
        Table { title: self.title(lang, &t!("nav.figures", locale = lang)), columns, rows }
    }

    /// Papers for late dossiers.
    pub fn apologies_table(&self, lang: &str) -> Table {
        let columns =
            ["group.hall", "apologies.field", "apologies.printed", "apologies.mean", "apologies.longest"];
        let row = |a: &Apologies, hall: String, field: String| {
            vec![Cell::Text(hall), Cell::Text(field), a.printed.into(), a.mean().into(), a.longest.into()]
        };
        let name = |code: &str| match self.fields.get(code) {
            Some(name) => name.said(lang).to_owned(),
            None if code.is_empty() => word(lang, "apologies.unknown"),
            None => code.to_owned(),
        };
        let lines = self.apologies.iter().map(|a| row(a, self.words.hall_name(&a.site), name(&a.field)));
        let mut rows: Vec<Vec<Cell>> = lines.collect();
        let sum = t!("sum", locale = lang).into_owned();
        rows.push(row(&Apologies::sum(&self.apologies), sum, String::new()));
        let title = self.title(lang, &t!("apologies.title", locale = lang));
        Table { title, columns: columns.map(|k| word(lang, k)).to_vec(), rows }
    }

    /// Levels.
    pub fn ratings_table(&self, lang: &str) -> Table {
        let mut columns = vec![
            word(lang, &format!("group.{}", self.group.word())),
            t!("ratings.forms", locale = lang).into_owned(),
            t!("ratings.rate", locale = lang).into_owned(),
        ];
        for code in &self.ratings.levels {
            let name = self.words.level(code, lang);
            columns.extend([
                t!("ratings.level_forms", locale = lang, level = name).into_owned(),
                t!("ratings.level_share", locale = lang, level = name).into_owned(),
            ]);
        }
        let row = |c: &LevelCount, name: String| -> Vec<Cell> {
            let mut out = vec![Cell::Text(name), c.forms.into(), c.rate().into()];
            for code in &self.ratings.levels {
                out.extend([c.levels.get(code).copied().unwrap_or(0).into(), c.share(code).into()]);
            }
            out
        };
        let groups = self.ratings.groups.iter();
        let mut rows: Vec<Vec<Cell>> = groups.map(|g| row(g, self.name(lang, &g.key))).collect();
        rows.push(row(&self.ratings.sum, t!("sum", locale = lang).into_owned()));
        Table { title: self.title(lang, &t!("nav.ratings", locale = lang)), columns, rows }
    }

    fn reasons_table(&self, lang: &str) -> Table {
        let columns = ["ratings.reason", "ratings.times"].map(|k| word(lang, k)).to_vec();
        let reasons = self.ratings.reasons.iter();
        let rows = reasons.map(|(code, n)| vec![Cell::Text(self.words.reason(code, lang)), (*n).into()]);
        Table {
            title: self.title(lang, &t!("ratings.reasons", locale = lang)),
            columns,
            rows: rows.collect(),
        }
    }

    /// Answers to further questions.
    pub fn answers_table(&self, lang: &str) -> Table {
        let columns = ["ratings.question", "ratings.answer", "ratings.times"].map(|k| word(lang, k)).to_vec();
        let rows = self.ratings.answers.iter().map(|a| {
            let (question, answer) = self.words.answer(&a.question, &a.answer, lang);
            vec![Cell::Text(question), Cell::Text(answer), a.times.into()]
        });
        Table {
            title: self.title(lang, &t!("ratings.answers", locale = lang)),
            columns,
            rows: rows.collect(),
        }
    }

    fn low_table(&self, lang: &str) -> Table {
        let columns = [
            "ratings.when",
            "group.hall",
            "group.counter",
            "group.service",
            "group.officer",
            "ratings.reasons",
            "ratings.flag",
        ];
        let rows = self.ratings.low.iter().map(|l| {
            let reasons: Vec<String> = l.reasons.iter().map(|r| self.words.reason(r, lang)).collect();
            let flag = if l.alarm { t!("yes", locale = lang).into_owned() } else { String::new() };
            let (counter, service) =
                (self.words.counter(&l.site, &l.counter, lang), self.words.service(&l.service, lang));
            let texts = [
                moment(l.at_ms),
                self.words.hall_name(&l.site),
                counter,
                service,
                l.officer.clone(),
                reasons.join("; "),
                flag,
            ];
            texts.map(Cell::Text).to_vec()
        });
        let title = self.title(lang, &t!("ratings.low", locale = lang));
        Table { title, columns: columns.map(|k| word(lang, k)).to_vec(), rows: rows.collect() }
    }

    fn indices_table(&self, lang: &str) -> Table {
        let columns =
            ["official.index", "official.points", "official.source"].map(|k| word(lang, k)).to_vec();
        let nine = &self.ratings.nine;
        let mut rows: Vec<Vec<Cell>> = (1_u32..)
            .zip(&nine.indices)
            .map(|(number, index)| {
                let name = format!("{number}. {}", word(lang, &format!("official.i{number}")));
                let source = index_source(lang, &self.words, nine, number);
                vec![Cell::Text(name), index.map(|i| i.points).into(), Cell::Text(source)]
            })
            .collect();
        let class = match nine.class {
            Some(class) => class_name(lang, class),
            None => t!("official.no_total", locale = lang).into_owned(),
        };
        rows.push(vec![Cell::Text(word(lang, "official.total")), nine.total.into(), Cell::Text(class)]);
        let group = &self.ratings.group_766;
        for (key, value) in [
            ("official.petitions_on_time", group.petitions_on_time),
            ("official.petitions_satisfied", group.petitions_satisfied),
            ("official.reception", group.reception_satisfied),
            ("official.reception_points", group.reception_points),
        ] {
            rows.push(vec![Cell::Text(word(lang, key)), value.into(), Cell::Empty]);
        }
        Table { title: self.title(lang, &t!("official.title", locale = lang)), columns, rows }
    }
}

/// Names of the columns of figures, without the key's.
pub fn figure_columns(lang: &str) -> Vec<String> {
    let names = [
        "figures.given",
        "figures.served",
        "figures.per_day",
        "figures.absent",
        "figures.absent_rate",
        "figures.unserved",
        "figures.wait_mean",
        "figures.wait_p50",
        "figures.wait_p90",
        "figures.service_mean",
        "figures.service_p50",
        "figures.service_p90",
    ];
    names.map(|k| word(lang, k)).to_vec()
}

/// The columns of figures, or those without the one for each day.
fn without_days<T>(columns: Vec<T>, without: bool) -> Vec<T> {
    const PER_DAY: usize = 2;
    columns.into_iter().enumerate().filter(|(at, _)| !without || *at != PER_DAY).map(|(_, c)| c).collect()
}

/// A line of figures without its key.
pub fn figure_cells(line: &Line, per_day: Option<f64>, given: bool) -> Vec<Cell> {
    let count = |n: u64| if given { Cell::from(n) } else { Cell::Empty };
    vec![
        count(line.given),
        line.served.into(),
        per_day.into(),
        line.absent.into(),
        line.absent_rate().into(),
        count(line.unserved),
        line.waits.mean().into(),
        line.waits.percentile(50).into(),
        line.waits.percentile(90).into(),
        line.services.mean().into(),
        line.services.percentile(50).into(),
        line.services.percentile(90).into(),
    ]
}

/// Where the points of an index come from, or why there are none.
pub fn index_source(lang: &str, words: &Wording, nine: &NineIndices, number: u32) -> String {
    let index =
        usize::try_from(number).ok().and_then(|n| nine.indices.get(n.wrapping_sub(1)).copied().flatten());
    match index {
        Some(i) if i.source == Source::Panels => t!("official.forms", locale = lang, n = i.forms),
        Some(_) => t!("official.given", locale = lang),
        None if matches!(number, 1 | 2 | 8 | 9) => t!("official.cannot", locale = lang),
        None if words.asks(number) => t!("official.unanswered", locale = lang),
        None => t!("official.ask", locale = lang),
    }
    .into_owned()
}

/// Name of a class of the nine indices.
pub fn class_name(lang: &str, class: Class) -> String {
    let word_of = match class {
        Class::Weak => "weak",
        Class::Average => "average",
        Class::Fair => "fair",
        Class::Good => "good",
        Class::Excellent => "excellent",
    };
    word(lang, &format!("official.{word_of}"))
}

/// Halls beside each other.
pub fn comparison_table(
    lang: &str,
    words: &Wording,
    halls: &[HallScore],
    period: Period,
    scope: &Scope,
) -> Table {
    let mut columns = vec![t!("group.hall", locale = lang).into_owned()];
    // Days differ by hall; a mean over the days of all would compare nothing.
    columns.extend(without_days(figure_columns(lang), true));
    columns
        .extend(["ratings.forms", "ratings.rate", "official.total", "official.class"].map(|k| word(lang, k)));
    let rows = halls.iter().map(|hall| {
        let mut row = vec![Cell::Text(words.hall_name(&hall.site))];
        row.extend(without_days(figure_cells(&hall.line, None, true), true));
        row.extend([hall.ratings.forms.into(), hall.ratings.rate().into(), hall.nine.total.into()]);
        row.push(hall.nine.class.map_or(Cell::Empty, |c| Cell::Text(class_name(lang, c))));
        row
    });
    let rows = rows.collect();
    Table { title: title(lang, &t!("nav.compare", locale = lang), words, scope, period), columns, rows }
}

/// Everything of a period as one book.
pub async fn book(
    State(app): State<Pages>,
    who: Who,
    Query(asked): Query<Asked>,
) -> Result<Response, Response> {
    who.needs(Right::Reports)?;
    let report = Report::read(&app, &who, &asked).await.map_err(|e| who.broken(&e))?;
    let lang = who.lang();
    let tables = [
        ("nav.figures", report.figures_table(lang)),
        ("nav.ratings", report.ratings_table(lang)),
        ("ratings.reasons", report.reasons_table(lang)),
        ("ratings.answers", report.answers_table(lang)),
        ("ratings.low", report.low_table(lang)),
        ("official.sheet", report.indices_table(lang)),
        ("apologies.title", report.apologies_table(lang)),
    ];
    let named: Vec<(String, &Table)> = tables.iter().map(|(key, table)| (word(lang, key), table)).collect();
    let sheets: Vec<(&str, &Table)> = named.iter().map(|(name, table)| (name.as_str(), *table)).collect();
    Ok(download::xlsx(&sheets, &stem("motcua-report", report.period)))
}

/// Name of a file of a period.
pub fn stem(what: &str, period: Period) -> String {
    format!("{what}-{}-{}", period.from, period.to)
}
