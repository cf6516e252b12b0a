"""HTML pages and static files. A page is a module of this folder with a `PAGE`, and its template of the same name."""
