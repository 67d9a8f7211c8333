//! Saying things: data to stdout, talk to stderr, in the form that was asked for.

use std::collections::HashSet;

use serde::Serialize;
use serde_json::{Map, Value};

use super::args::{Cli, Colour, Command, Format};
use super::context::Context;
use super::document::{self, Head, Stopped};
use super::many;
use crate::diag::{Code, Diagnostic, Palette, Report, Severity, render};
use crate::run::{Exit, Failure, News, Note, Notices};
use crate::text::{Count, escape};

/// The voice of one run.
pub struct Voice<'a> {
    context: &'a mut Context,
    format: Format,
    palette: Palette,
    quiet: bool,
    verbose: bool,
    /// The worst code that was shown, the first of its kind.
    shown: Option<(Severity, Code)>,
    /// What the command has to say in JSON, said at the end.
    document: Map<String, Value>,
    /// What was found, in JSON; nothing where nothing was reported.
    findings: Option<Vec<Value>>,
    /// Whether the document is the last of several lines.
    in_lines: bool,
    /// What was reported: steps of one command find the same, and it is said once.
    reported: HashSet<String>,
}

impl<'a> Voice<'a> {
    /// Takes the form from the arguments; a form that a command does not have is wrong usage.
    pub fn new(cli: &Cli, context: &'a mut Context) -> Result<Self, Failure> {
        let global = &cli.global;
        if global.format == Format::Github && !matches!(cli.command, Command::Check(_) | Command::Verify(_)) {
            return Err(Failure::new(Exit::Usage, "`--format github` belongs to `check` and `verify`"));
        }
        if global.format == Format::Junit && !matches!(cli.command, Command::Verify(_)) {
            return Err(Failure::new(Exit::Usage, "`--format junit` belongs to `verify`"));
        }
        let palette = palette(global.color, context);
        Ok(Self {
            context,
            format: global.format,
            palette,
            quiet: global.quiet,
            verbose: global.verbose,
            shown: None,
            document: Map::new(),
            findings: None,
            in_lines: false,
            reported: HashSet::new(),
        })
    }

    /// A voice for faults that came before there was a form.
    pub fn plain(context: &'a mut Context) -> Self {
        Self {
            context,
            format: Format::Text,
            palette: Palette::Plain,
            quiet: false,
            verbose: false,
            shown: None,
            document: Map::new(),
            findings: None,
            in_lines: false,
            reported: HashSet::new(),
        }
    }

    /// Returns the process that the run is in.
    pub fn context(&self) -> &Context {
        self.context
    }

    /// Says whether the answer is a JSON document.
    pub fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Says whether the answer is a report for a CI job.
    pub fn is_junit(&self) -> bool {
        self.format == Format::Junit
    }

    /// Says a line of JSON now; the document follows as the last line. In other forms it is not said.
    pub fn line(&mut self, line: &str) -> Result<(), Failure> {
        if !self.is_json() {
            return Ok(());
        }
        self.in_lines = true;
        self.raw(&format!("{line}\n"))
    }

    /// Adds what a command has to say to the JSON document; in other forms it is not said.
    pub fn document(&mut self, said: &impl Serialize) {
        if self.is_json() {
            self.document.extend(document::members(said));
        }
    }

    /// The same for what is long: it is made where it is said, and nowhere else.
    pub fn document_of<S: Serialize>(&mut self, said: impl FnOnce() -> S) {
        if self.is_json() {
            self.document(&said());
        }
    }

    /// Writes a piece of data; in JSON it is not said.
    pub fn data(&mut self, text: &str) -> Result<(), Failure> {
        if self.format == Format::Json {
            return Ok(());
        }
        self.raw(text)
    }

    /// Writes what was done or found, a line each, on standard output: not where quiet was asked for, nor
    /// where annotations are, which a machine reads.
    pub fn listing(&mut self, text: &str) -> Result<(), Failure> {
        if self.quiet || matches!(self.format, Format::Github | Format::Junit) {
            return Ok(());
        }
        self.data(text)
    }

    /// Writes data whatever the form.
    pub fn raw(&mut self, text: &str) -> Result<(), Failure> {
        self.context.data(text).map_err(|error| Failure::of(Exit::Files, &error))
    }

    /// Does something of which a person hears errors only, and the document nothing.
    pub fn hushed<R>(&mut self, work: impl FnOnce(&mut Self) -> R) -> R {
        let (format, quiet) = (self.format, self.quiet);
        (self.format, self.quiet) = (Format::Text, true);
        let done = work(self);
        (self.format, self.quiet) = (format, quiet);
        done
    }

    /// Leaves out of the document what a step of a command has added, but for what was found.
    pub fn forget(&mut self) {
        self.document.clear();
    }

    /// Says whether talk is not wanted.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Does what has news, and says them whatever came of it.
    pub fn told<R>(&mut self, work: impl FnOnce(&mut News) -> R) -> R {
        let mut news = News::default();
        let done = work(&mut news);
        for note in news {
            match note {
                Note::Line(line) => self.say(&line),
                Note::Report(report, notices) => self.report(&report, notices),
            }
        }
        done
    }

    /// Says a line to the person, unless quiet.
    pub fn say(&mut self, line: &str) {
        if !self.quiet {
            self.context.talk(&format!("{}\n", escape(line)));
        }
    }

    /// Says a report: frames, annotations, or a member of the document.
    pub fn report(&mut self, report: &Report, notices: Notices) {
        let is_json = self.is_json();
        let wanted = report.diagnostics().iter().filter(|d| is_json || self.wants(d.severity, notices));
        let wanted: Vec<&Diagnostic> = wanted.collect();
        let new = wanted.into_iter().filter(|d| self.reported.insert(format!("{d:?}")));
        let shown: Report = new.cloned().collect();
        match self.format {
            Format::Json => self.add_diagnostics(&shown),
            Format::Github => {
                let lines: String = shown.diagnostics().iter().map(annotation).collect();
                let _ = self.context.data(&lines);
            }
            Format::Text | Format::Junit if shown.is_empty() => {}
            Format::Text | Format::Junit => {
                self.remember(&shown);
                self.context.talk(&format!("{}\n", render(&shown, self.palette)));
            }
        }
    }

    /// Says what `check` says of the inventories in one line; a program, a workflow and who asks for more get
    /// all of it.
    pub fn of_inventory(&mut self, report: &Report) {
        let warnings = report.count(Severity::Warning);
        if self.verbose || self.is_json() || self.format == Format::Github {
            self.report(report, Notices::IfVerbose);
        } else if warnings > 0 {
            let them = if warnings == 1 { "it" } else { "them" };
            self.say(&format!(
                "{} of the inventory: `okdboot check` shows {them}",
                Count(warnings, "warning")
            ));
        }
    }

    fn remember(&mut self, shown: &Report) {
        let worst =
            shown.diagnostics().iter().map(|d| (d.severity, d.code)).min_by_key(|(severity, _)| *severity);
        self.shown = match (self.shown, worst) {
            (Some(known), Some(new)) if new.0 < known.0 => Some(new),
            (known, new) => known.or(new),
        };
    }

    /// Says to a person, once and at the end, where more is said of what was found.
    fn point_at_manual(&mut self) {
        if let Some((_, code)) = self.shown.take().filter(|_| self.context.is_terminal()) {
            self.say(&format!("for more: okdboot explain-code {code}"));
        }
    }

    /// A run may have several reports: of the input, of the plan, of the tree.
    fn add_diagnostics(&mut self, report: &Report) {
        let known = self.findings.get_or_insert_default();
        if let Value::Array(more) = report.to_json() {
            known.extend(more);
        }
    }

    fn wants(&self, severity: Severity, notices: Notices) -> bool {
        match severity {
            Severity::Error => true,
            Severity::Warning => !self.quiet,
            Severity::Notice => !self.quiet && (notices == Notices::Shown || self.verbose),
        }
    }

    /// Says the document, if the form is JSON, and returns the exit code.
    pub fn finish(&mut self, exit: Exit) -> Exit {
        self.end(Head::new(exit.code()), exit)
    }

    fn end(&mut self, mut head: Head, exit: Exit) -> Exit {
        self.point_at_manual();
        if !self.is_json() {
            return exit;
        }
        head.diagnostics = self.findings.take();
        let mut document = std::mem::take(&mut self.document);
        document.extend(document::members(&head));
        let text = if self.in_lines {
            serde_json::to_string(&document)
        } else {
            serde_json::to_string_pretty(&document)
        };
        let text = text.unwrap_or_default();
        match self.raw(&format!("{text}\n")) {
            Ok(()) => exit,
            Err(failure) => failure.exit,
        }
    }

    /// Says why a command stopped, and returns its exit code.
    pub fn failure(&mut self, failure: &Failure) -> Exit {
        if !failure.report.is_empty() {
            self.report(&failure.report, Notices::IfVerbose);
            self.summary(&failure.report);
        }
        let head = Head { error: Stopped::of(failure), ..Head::new(failure.exit.code()) };
        if head.error.is_some() {
            self.context.talk(&explained(failure, self.palette));
        }
        self.end(head, failure.exit)
    }

    /// Says a failure that is not the one that ends the run.
    pub fn also_failed(&mut self, failure: &Failure) {
        self.context.talk(&explained(failure, self.palette));
    }

    /// Says how many findings there were.
    pub fn summary(&mut self, report: &Report) {
        let counts: Vec<String> = [Severity::Error, Severity::Warning]
            .into_iter()
            .map(|severity| (report.count(severity), severity))
            .filter(|(count, _)| *count > 0)
            .map(|(count, severity)| Count(count, severity.as_str()).to_string())
            .collect();
        if !counts.is_empty() {
            let files = many::files(report).map_or_else(String::new, |files| format!(" {files}"));
            self.say(&format!("{}{files}", counts.join(", ")));
        }
    }

    /// Says what is begun, where there is so much of it that a person waits.
    pub fn step(&mut self, clusters: usize, what: &str) {
        if clusters >= many::MANY && !self.is_json() {
            self.say(what);
        }
    }
}

/// Notices of a thousand files hide what is wrong with one.
pub fn notices_of(files: usize) -> Notices {
    if files < many::MANY { Notices::Shown } else { Notices::IfVerbose }
}

fn palette(colour: Colour, context: &Context) -> Palette {
    let dumb = context.env("TERM") == Some("dumb");
    let wanted = match colour {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => context.is_terminal() && !dumb && context.env("NO_COLOR").is_none(),
    };
    if wanted { Palette::Colour } else { Palette::Plain }
}

/// A message of several lines keeps them; everything else that could move the cursor is spelt out.
fn escape_lines(text: &str) -> String {
    text.lines().map(escape).collect::<Vec<_>>().join("\n")
}

fn explained(failure: &Failure, palette: Palette) -> String {
    let (red, bold, reset) = match palette {
        Palette::Colour => ("\x1b[1;31m", "\x1b[1m", "\x1b[0m"),
        Palette::Plain => ("", "", ""),
    };
    let mut text = format!("{red}error{reset}{bold}: {}{reset}\n", escape_lines(&failure.message));
    for cause in &failure.causes {
        text = text + "  caused by: " + &escape(cause) + "\n";
    }
    for help in &failure.help {
        text = text + "  help: " + &escape(help) + "\n";
    }
    text
}

/// A workflow command (GitHub documentation, "Workflow commands for GitHub Actions").
fn annotation(diagnostic: &Diagnostic) -> String {
    let level = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Notice => "notice",
    };
    let property = |text: &str| {
        let text = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
        text.replace(':', "%3A").replace(',', "%2C")
    };
    let place = diagnostic.primary.as_ref().map(|primary| {
        let (line, column) = primary.place.line_column();
        format!("file={},line={line},col={column},", property(primary.place.name()))
    });
    let mut message = diagnostic.message.clone();
    for help in &diagnostic.help {
        message = message + "\nhelp: " + help;
    }
    let message = message.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    format!("::{level} {}title={}::{message}\n", place.unwrap_or_default(), diagnostic.code)
}
