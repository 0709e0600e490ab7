package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/emu8266/emu8266/cmd/internal/fleet"
	"github.com/emu8266/emu8266/cmd/playground/site"
	"github.com/emu8266/emu8266/emulator/build"
)

// playgroundCmd serves the page on which lessons run in the browser.
type playgroundCmd struct {
	Dir      string `help:"Folder with the page, from a release or made by --output. Default: the one that came with this program, else it is made, with the go command." placeholder:"DIR" xor:"where"`
	Out      string `name:"output" short:"o" help:"Make the page in this folder and end: it can be put on any web server." placeholder:"DIR" xor:"where"`
	Compiler string `help:"The compiler for C that a page which is made gets: the folder of the npm package @yowasp/clang, npm to fetch it with npm, none for a page without. Default: the package where emu8266 build finds it, else none." placeholder:"FOLDER"`
	Port     uint16 `help:"Port on this machine; 0 takes a free one." default:"8266"`
}

// Help is shown by --help.
func (playgroundCmd) Help() string {
	return `Example:
  emu8266 playground
  emu8266 playground -o public

Lessons, failures that people met, certificates, logs, traces and firmware, in a page that needs no network and asks nothing of any other
place. C is compiled in the page, if it has the compiler. Only this machine can open it; -o makes a folder of static files for a web server.
Where no page came with the program, the go command makes it, in a folder of this module or of one that requires it.`
}

// pageBeside is the folder with the page that came with the program: beside it, or where the Debian package has it. "" if there is none.
func pageBeside() string {
	var folders []string
	if exe, err := itself(); err == nil {
		folders = append(folders, filepath.Join(filepath.Dir(exe), "playground"))
	}
	for _, dir := range append(folders, "/usr/share/emu8266/playground") {
		if site.Check(dir) == nil {
			return dir
		}
	}
	return ""
}

// notMade says where the page can be made, of a folder whose module does not have it.
func notMade(err error) error {
	if strings.Contains(err.Error(), "no required module provides package") {
		return usagef("playground: no page came with this program, and it cannot be made here: begin in a clone of emu8266, " +
			"or give the page of a release with --dir")
	}
	return err
}

// compiler is what site.Make takes.
func (c playgroundCmd) compiler() (string, error) {
	switch c.Compiler {
	case "":
		return build.FindPackage(".")
	case "none":
		return "", nil
	case "npm":
		return "npm", nil
	}
	if build.PackageAt(c.Compiler) == "" {
		return "", usagef("playground: --compiler: %s is not the folder of the npm package @yowasp/clang: npm fetches it", c.Compiler)
	}
	return c.Compiler, nil
}

// Run serves until Ctrl-C.
func (c playgroundCmd) Run(con *console) error {
	ctx, stop := interruptible()
	defer stop()
	dir := c.Dir
	if dir == "" && c.Out == "" {
		dir = pageBeside()
	}
	if dir == "" {
		if dir = c.Out; dir != "" {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return usagef("playground: --output: %v", err)
			}
		} else {
			temp, err := os.MkdirTemp("", "emu8266-playground-")
			if err != nil {
				return err
			}
			defer os.RemoveAll(temp)
			dir = temp
		}
		compiler, err := c.compiler()
		if err != nil {
			return err
		}
		con.progress("emu8266: making the page")
		if err := site.Make(ctx, dir, site.Options{Compiler: compiler}); err != nil {
			return notMade(err)
		}
		if compiler == "" && c.Compiler == "" {
			fmt.Fprintln(con.err, "emu8266: the page has no compiler for C: --compiler npm fetches it")
		}
		if c.Out != "" {
			fmt.Fprintf(con.out, "%s\n", dir)
			return nil
		}
	} else if err := site.Check(dir); err != nil {
		return usagef("playground: --dir: %v", err)
	}
	handler, err := site.Handler(dir)
	if err != nil {
		return err
	}
	at := net.JoinHostPort("127.0.0.1", strconv.Itoa(int(c.Port)))
	l, err := net.Listen("tcp", at)
	if err != nil {
		return fmt.Errorf("playground: %w; choose another --port", err)
	}
	server := site.NewServer(handler, fleet.Descriptors(), log.New(con.err, "emu8266: playground: ", 0))
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	fmt.Fprintf(con.out, "http://%v/\n", l.Addr())
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
