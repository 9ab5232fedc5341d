//! Which path is what.

use super::problem::Problem;

/// What a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// `GET /api/v1/models`
    Models,
    /// `POST /api/v1/generations`
    CreateGeneration,
    /// `GET /api/v1/generations/{id}`
    Generation(String),
    /// `POST /api/v1/files`
    CreateFile,
    /// `GET /api/v1/files/{id}`
    File(String),
    /// `GET /api/v1/credits`
    Credits,
    /// `GET /files/{id}/{name}`: an upload's bytes.
    Upload(String),
    /// `GET /results/{id}/{n}.{ext}`: a result's bytes.
    Result(String, String),
}

impl Route {
    /// Finds the route of a path below the public URL. The error says 404 or 405.
    pub fn find(method: &str, path: &str) -> Result<Self, Problem> {
        let segments: Vec<&str> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
        let route = match segments.as_slice() {
            ["api", "v1", "models"] => Self::Models,
            ["api", "v1", "generations"] => Self::CreateGeneration,
            ["api", "v1", "generations", id] => Self::Generation((*id).to_owned()),
            ["api", "v1", "files"] => Self::CreateFile,
            ["api", "v1", "files", id] => Self::File((*id).to_owned()),
            ["api", "v1", "credits"] => Self::Credits,
            ["files", id, _] => Self::Upload((*id).to_owned()),
            ["results", id, name] => Self::Result((*id).to_owned(), (*name).to_owned()),
            _ => return Err(Problem::not_found("This path")),
        };
        let allow = route.allow();
        if allow.split(", ").any(|allowed| allowed == method) {
            Ok(route)
        } else {
            Err(Problem::method_not_allowed(allow))
        }
    }

    fn allow(&self) -> &'static str {
        match self {
            Self::CreateGeneration | Self::CreateFile => "POST",
            Self::Upload(_) | Self::Result(..) => "GET, HEAD",
            _ => "GET",
        }
    }

    /// Its name in the ledger.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Models => "GET /api/v1/models",
            Self::CreateGeneration => "POST /api/v1/generations",
            Self::Generation(_) => "GET /api/v1/generations/{id}",
            Self::CreateFile => "POST /api/v1/files",
            Self::File(_) => "GET /api/v1/files/{id}",
            Self::Credits => "GET /api/v1/credits",
            Self::Upload(_) => "GET /files/{id}/{name}",
            Self::Result(..) => "GET /results/{id}/{n}",
        }
    }

    /// Whether it belongs to the API itself: faults, limits and request ids concern only those.
    pub fn is_api(&self) -> bool {
        !matches!(self, Self::Upload(_) | Self::Result(..))
    }

    /// Whether it needs a key. Documented: the list of models is public.
    pub fn needs_key(&self) -> bool {
        self.is_api() && *self != Self::Models
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_path_is_found() {
        let table = [
            ("GET", "/api/v1/models", Route::Models),
            ("POST", "/api/v1/generations", Route::CreateGeneration),
            ("GET", "/api/v1/generations/task_1", Route::Generation("task_1".into())),
            ("POST", "/api/v1/files", Route::CreateFile),
            ("GET", "/api/v1/files/file_1", Route::File("file_1".into())),
            ("GET", "/api/v1/credits", Route::Credits),
            ("HEAD", "/files/file_1/cat.png", Route::Upload("file_1".into())),
            ("GET", "/results/task_1/0.png", Route::Result("task_1".into(), "0.png".into())),
        ];
        for (method, path, route) in table {
            assert_eq!(Route::find(method, path), Ok(route), "{method} {path}");
        }
    }

    #[test]
    fn unknown_paths_are_404_and_wrong_methods_405() {
        for path in [
            "/",
            "/api/v1",
            "/api/v2/models",
            "/api/v1/models/",
            "/api/v1/generations/a/b",
            "/api/v1/chat/completions",
        ] {
            assert_eq!(Route::find("GET", path).unwrap_err().status, 404, "{path}");
        }
        let problem = Route::find("DELETE", "/api/v1/files").unwrap_err();
        assert_eq!((problem.status, problem.allow), (405, Some("POST")));
    }
}
