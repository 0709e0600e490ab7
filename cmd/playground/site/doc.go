// Package site is the playground's page: Build makes it, a folder of static files, and Handler serves such a folder.
//
// The page is files beside this one, a Go program for the browser (cmd/playground, compiled by Build) and the loader that Go itself
// brings for such programs. It asks nothing of any other place: its policy forbids it. Two threads do the work: the page, and a
// worker that runs the program and is ended when Stop is pressed. A service worker keeps all files, so that the page works without
// a network after its first visit.
package site
