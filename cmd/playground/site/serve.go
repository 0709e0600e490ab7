package site

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
)

// policy is what the page may do: run its own files, and ask nobody else.
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; " +
	"style-src 'self' 'unsafe-inline'; img-src 'self' data:; manifest-src 'self'; frame-src 'self' blob: data:; base-uri 'none'; " +
	"form-action 'none'"

// Check tells whether a folder holds the page.
func Check(dir string) error {
	var err error
	for _, names := range [][]string{{"index.html"}, {"worker.js"}, {Program + ".lzma", Program + ".gz"}} {
		for _, name := range names {
			if _, err = os.Stat(filepath.Join(dir, name)); err == nil {
				break
			}
		}
		if err != nil {
			return fmt.Errorf("site: %s does not hold the page: %w", dir, errors.Unwrap(err))
		}
	}
	return nil
}

// Handler serves a folder that Build has made, and nothing outside it.
func Handler(dir string) (http.Handler, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	serve := http.FileServerFS(root.FS())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache") // the service worker keeps the files
		serve.ServeHTTP(w, r)
	}), nil
}
