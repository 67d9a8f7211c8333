//! What `up` accepts.

use clap::error::ErrorKind;
use clap::{Args, Command, FromArgMatches};

use super::serve::ServeOptions;
use super::{Fetch, Flip, Render, Serve};

/// `okdboot up`
#[derive(Debug, Args)]
pub struct Up {
    /// Take the images from another base, as `fetch` does
    #[arg(long = "mirror", value_name = "[HOST=]URL")]
    pub mirrors: Vec<String>,
    /// What is given away, where and how long.
    #[command(flatten)]
    pub giving: ServeOptions,
    /// How the tree is made.
    #[command(flatten)]
    pub made: Flip,
}

impl Up {
    /// Returns how it fetches.
    pub fn fetch(&self) -> Result<Fetch, clap::Error> {
        let Flip { stream, .. } = self.made.clone();
        Ok(Fetch { stream, mirrors: self.mirrors.clone(), ..by_itself("fetch")? })
    }

    /// Returns how it renders.
    pub fn render(&self) -> Result<Render, clap::Error> {
        let Flip { stream, ignition, templates } = self.made.clone();
        Ok(Render { stream, ignition, templates, ..by_itself("render")? })
    }

    /// Returns how it serves.
    pub fn serve(&self) -> Serve {
        Serve { data: None, as_is: false, force: false, giving: self.giving.clone(), made: self.made.clone() }
    }
}

/// A command as it is without any word.
fn by_itself<T: Args + FromArgMatches>(name: &'static str) -> Result<T, clap::Error> {
    let matches = T::augment_args(Command::new(name)).try_get_matches_from([name])?;
    T::from_arg_matches(&matches).map_err(|error| clap::Error::raw(ErrorKind::InvalidValue, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_need_no_word_of_their_own() {
        let up: Up = by_itself("up").unwrap();
        assert_eq!((up.fetch().unwrap().jobs, up.fetch().unwrap().retries), (3, 5));
        assert!(!up.render().unwrap().force);
        assert!(!up.serve().force);
    }
}
