package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/emu8266/emu8266/cmd/internal/project"
)

// mcpCmd serves coding agents.
type mcpCmd struct {
	Folder string `arg:"" optional:"" default:"." help:"The project: files outside it are refused. Default: this folder."`
	Trust  bool   `help:"Trust the project's sources, Makefile and emu8266.toml: the compiler reads what they name, and make is run."`
}

// Help is shown by --help.
func (mcpCmd) Help() string {
	return `Example, as an entry of an agent's list of servers:
  { "mcpServers": { "emu8266": { "command": "emu8266", "args": ["mcp", "/path/to/project"] } } }

Speaks the Model Context Protocol on stdin and stdout, until stdin ends. Its tools are the commands build, run, test, explain, decode,
scenario and probe --chain, each in a process of its own, with bounded time and output (docs/mcp.md). No tool opens a real socket.
File names that lead out of the project's folder, symbolic links included, are refused: those that an agent gives, those that sources
include, and those of emu8266.toml. A project that its own make builds needs --trust.`
}

// Run serves until stdin ends or somebody interrupts.
func (c mcpCmd) Run(con *console) error {
	if err := projectFolder(c.Folder); err != nil {
		return usagef("mcp: %v", err)
	}
	server, err := newMCPServer(c.Folder, c.Trust)
	if err != nil {
		return usagef("mcp: %v", err)
	}
	defer server.close()
	ctx, stop := interruptible()
	defer stop()
	err = server.mcp.Run(ctx, stdioTransport(os.Stdin, os.Stdout))
	if errors.Is(err, io.EOF) || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// The bounds of the tools. Choice.
const (
	toolTime      = time.Minute     // of one call, in real time
	buildTime     = 3 * time.Minute // of one that compiles
	toolsAtOnce   = 2               // further calls wait
	toolOutputMax = 200 << 10       // bytes of a result
	toolTextMax   = 20 << 10        // bytes of what the device printed; the end is kept
	toolInputMax  = 1 << 20         // bytes of a text that is given to a tool
	folderMax     = 20_000          // files of a project that is built
)

// mcpServer runs the command itself for each call.
type mcpServer struct {
	mcp    *mcp.Server
	folder string
	root   *os.Root
	self   string // the command
	trust  bool
	slots  chan struct{}
	takes  map[string]*jsonschema.Schema // the arguments of each tool
}

func newMCPServer(folder string, trust bool) (*mcpServer, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	if folder, err = filepath.Abs(folder); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	self, err := itself()
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	s := &mcpServer{folder: folder, root: root, self: self, trust: trust, slots: make(chan struct{}, toolsAtOnce),
		takes: map[string]*jsonschema.Schema{},
		mcp:   mcp.NewServer(&mcp.Implementation{Name: "emu8266", Title: "ESP8266 device emulator", Version: version()}, nil)}
	s.mcp.AddReceivingMiddleware(s.nearNames)
	addTool(s, "build", "Compile C firmware for the NonOS SDK. The result has the compiler's messages.", s.build)
	addTool(s, "run", "Run firmware on an emulated ESP8266 in virtual time and tell what came of it: verdict, crash with file and line, "+
		"misuse of the SDK, causes with remedies, what it printed.", s.run)
	addTool(s, "test", "Run the project's tests: C functions test_* and scripts.", s.test)
	addTool(s, "explain", "Tell from a trace file (run with trace) what failed, why, and what to change.", s.explain)
	addTool(s, "probe_chain", "Find out with which buffer sizes and heaps a device can connect to a server that sends a chain of "+
		"certificates.", s.probeChain)
	addTool(s, "decode", "Explain an error code of the device (-0x7200, -114, ESPCONN_MEM), or the log of a real device.", s.decode)
	addTool(s, "scenario", "List, show or play failures that people met, and what repairs them; or play a script of the project.",
		s.scenario)
	return s, nil
}

func (s *mcpServer) close() { _ = s.root.Close() }

// addTool adds a tool whose arguments are those of a command.
func addTool[In any](s *mcpServer, name, description string, plan func(In) (*toolCall, error)) {
	s.takes[name] = schemaOf[In]()
	mcp.AddTool(s.mcp, &mcp.Tool{Name: name, Description: description, InputSchema: s.takes[name]},
		func(ctx context.Context, _ *mcp.CallToolRequest, in In) (*mcp.CallToolResult, any, error) {
			call, err := plan(in)
			if err != nil {
				return nil, nil, err
			}
			defer call.end()
			text, failed, err := s.call(ctx, call)
			if err != nil {
				return nil, nil, err
			}
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: text}}, IsError: failed}, nil, nil
		})
}

// schemaOf is the schema of a tool's arguments. A list is a list: clients that look for one do not expect that it may be null.
func schemaOf[In any]() *jsonschema.Schema {
	schema, err := jsonschema.For[In](nil)
	if err != nil {
		panic(err) // a type of this file that has no schema
	}
	for _, p := range schema.Properties {
		if slices.Contains(p.Types, "array") {
			p.Types, p.Type = nil, "array"
		}
	}
	return schema
}

type mcpBuild struct {
	Sources []string `json:"sources,omitempty" jsonschema:"project folder or C files; default: what emu8266.toml says, else the project's folder"`
	Output  string   `json:"output,omitempty" jsonschema:"image to make; default app.wasm, or app.elf for lx106"`
	Define  []string `json:"define,omitempty" jsonschema:"macros, NAME or NAME=VALUE"`
	Include []string `json:"include,omitempty" jsonschema:"folders that are searched for headers first"`
	Exclude []string `json:"exclude,omitempty" jsonschema:"files or folders to leave out"`
	Check   bool     `json:"check,omitempty" jsonschema:"check each access to memory as the firmware runs"`
	Engine  string   `json:"engine,omitempty" jsonschema:"wasm (default) or lx106"`
}

func (s *mcpServer) build(in mcpBuild) (*toolCall, error) {
	c := s.newCall(buildTime, "build")
	if in.Output == "" {
		in.Output = map[bool]string{true: "app.elf", false: "app.wasm"}[in.Engine == "lx106"]
	}
	if _, err := s.root.Stat(project.FileName); len(in.Sources) == 0 && err != nil { // with that file the command knows the project
		in.Sources = []string{"."}
	}
	if err := s.insideFolder(); err != nil {
		return nil, err
	}
	c.output("--output", in.Output)
	c.texts("--define", in.Define)
	c.files("--include", in.Include)
	c.texts("--exclude", in.Exclude)
	c.flag("--check", in.Check)
	c.text("--engine", in.Engine)
	c.files("", in.Sources)
	return c.done()
}

type mcpRun struct {
	Firmware string   `json:"firmware,omitempty" jsonschema:"image of build or ELF file; default app.wasm"`
	Expect   []string `json:"expect,omitempty" jsonschema:"end well when the device has printed all of these"`
	Fail     []string `json:"fail,omitempty" jsonschema:"fail when the device prints one of these"`
	Seconds  float64  `json:"seconds,omitempty" jsonschema:"end after so much of the device's time; default 60"`
	Input    string   `json:"input,omitempty" jsonschema:"text to type to UART0 from the start"`
	Profile  string   `json:"profile,omitempty" jsonschema:"SDK or manual that the device follows: ManualV21, ManualV10, SDK221, SDK301, SDK306, SDK306SSL"`
	Heap     int      `json:"heap,omitempty" jsonschema:"bytes of heap free at boot, from 1024 to 81920, in eights"`
	Checks   string   `json:"checks,omitempty" jsonschema:"misuse of the SDK: off, warn (default) or fail"`
	AP       []string `json:"ap,omitempty" jsonschema:"access points in range, SSID or SSID:PASSWORD"`
	AnyAP    bool     `json:"any_ap,omitempty" jsonschema:"whatever access point the firmware asks for is in range"`
	DNS      []string `json:"dns,omitempty" jsonschema:"names that exist, NAME or NAME=ADDR"`
	Static   []string `json:"static,omitempty" jsonschema:"addresses that the firmware gives itself, ADDR or ADDR/BITS"`
	Flash    string   `json:"flash,omitempty" jsonschema:"file with the flash chip; it is made if it does not exist"`
	Trace    string   `json:"trace,omitempty" jsonschema:"write the trace to this file, whose name ends in .jsonl, for the tool explain"`
	Reboot   bool     `json:"reboot,omitempty" jsonschema:"go on after a crash, as the chip does"`
}

func (s *mcpServer) run(in mcpRun) (*toolCall, error) {
	c := s.newCall(toolTime, "run", "--json", "-q")
	if in.Firmware == "" {
		in.Firmware = "app.wasm"
	}
	if in.Seconds < 0 || in.Seconds > 86400*366 {
		return nil, fmt.Errorf("seconds: give a number from 0 to a year's")
	}
	if in.Seconds > 0 {
		c.text("--timeout", (time.Duration(in.Seconds * float64(time.Second))).String())
	}
	c.texts("--expect-text", in.Expect)
	c.texts("--fail-text", in.Fail)
	c.text("--profile", in.Profile)
	if in.Heap != 0 {
		c.text("--heap", fmt.Sprint(in.Heap))
	}
	c.text("--checks", in.Checks)
	c.texts("--ap", in.AP)
	c.flag("--any-ap", in.AnyAP)
	c.texts("--dns", in.DNS)
	c.texts("--static", in.Static)
	c.output("--flash", in.Flash)
	if in.Trace != "" && !strings.EqualFold(filepath.Ext(in.Trace), ".jsonl") { // and so it is no source
		c.fail("trace: the file's name ends in .jsonl, as in %s.jsonl", in.Trace)
	}
	c.output("--trace", in.Trace)
	c.flag("--reboot", in.Reboot)
	if in.Input != "" {
		c.temporary("--input=%s", "the input", in.Input)
	}
	c.files("", []string{in.Firmware})
	c.shorten = shortRun
	return c.done()
}

// shortRun keeps the end of what the device printed.
func shortRun(out []byte) []byte {
	var r runResult
	if json.Unmarshal(out, &r) != nil || len(r.Text) <= toolTextMax {
		return out
	}
	k := textKeeper{text: []byte(r.Text)}
	k.cutTo(toolTextMax)
	r.Text, r.TextLost = string(k.text), r.TextLost+k.lost
	short, err := json.Marshal(r)
	if err != nil {
		return out
	}
	return short
}

type mcpTest struct {
	Filter string `json:"filter,omitempty" jsonschema:"run the tests whose name matches, a regular expression"`
	Engine string `json:"engine,omitempty" jsonschema:"wasm or lx106"`
}

func (s *mcpServer) test(in mcpTest) (*toolCall, error) {
	c := s.newCall(buildTime, "test", "--json")
	if err := s.insideFolder(); err != nil {
		return nil, err
	}
	c.text("--filter", in.Filter)
	c.text("--engine", in.Engine)
	return c.done()
}

type mcpExplain struct {
	Trace string `json:"trace" jsonschema:"file with the trace as JSON lines"`
	Lang  string `json:"lang,omitempty" jsonschema:"en (default) or zh"`
}

func (s *mcpServer) explain(in mcpExplain) (*toolCall, error) {
	c := s.newCall(toolTime, "explain", "--json")
	c.text("--lang", in.Lang)
	c.files("", []string{in.Trace})
	return c.done()
}

type mcpProbeChain struct {
	PEM     string   `json:"pem,omitempty" jsonschema:"the certificates as the server sends them, PEM"`
	File    string   `json:"file,omitempty" jsonschema:"or a file with them"`
	Size    []int    `json:"size,omitempty" jsonschema:"buffer sizes to try, 1 to 8192"`
	Profile []string `json:"profile,omitempty" jsonschema:"profiles to try"`
}

func (s *mcpServer) probeChain(in mcpProbeChain) (*toolCall, error) {
	c := s.newCall(toolTime, "probe", "--json", "-q")
	if (in.PEM == "") == (in.File == "") {
		return nil, fmt.Errorf("give pem or file")
	}
	if in.File != "" {
		c.files("--chain", []string{in.File})
	} else {
		c.temporary("--chain=%s", "the server of pem", in.PEM)
	}
	for _, n := range in.Size {
		c.text("--size", fmt.Sprint(n))
	}
	c.texts("--profile", in.Profile)
	return c.done()
}

type mcpDecode struct {
	Code    string `json:"code,omitempty" jsonschema:"what the device said: -114, -0x7200, ESPCONN_MEM"`
	Log     string `json:"log,omitempty" jsonschema:"or what a device printed"`
	Profile string `json:"profile,omitempty" jsonschema:"only what this profile can say"`
	Lang    string `json:"lang,omitempty" jsonschema:"en (default) or zh"`
}

func (s *mcpServer) decode(in mcpDecode) (*toolCall, error) {
	c := s.newCall(toolTime, "decode", "--json")
	if (in.Code == "") == (in.Log == "") {
		return nil, fmt.Errorf("give code or log")
	}
	c.text("--profile", in.Profile)
	c.text("--lang", in.Lang)
	if in.Code != "" {
		c.args = append(c.args, "--", in.Code)
	}
	c.stdin(in.Log)
	return c.done()
}

type mcpScenario struct {
	Action string `json:"action" jsonschema:"list, show, run, or commands (of scripts)"`
	Name   string `json:"name,omitempty" jsonschema:"the scenario; for run also a script of the project, NAME.txtar"`
	Lang   string `json:"lang,omitempty" jsonschema:"en (default) or zh"`
}

func (s *mcpServer) scenario(in mcpScenario) (*toolCall, error) {
	switch in.Action {
	case "list":
		return s.newCall(toolTime, "scenario", "list", "--json").done()
	case "commands":
		return s.newCall(toolTime, "scenario", "commands").done()
	case "show", "run":
	default:
		return nil, fmt.Errorf("action: list, show, run or commands")
	}
	c := s.newCall(toolTime, "scenario", in.Action)
	if in.Action == "run" {
		c.text("--lang", in.Lang)
	}
	switch {
	case scenarioName().MatchString(in.Name):
		c.args = append(c.args, in.Name)
	case in.Name != "":
		c.files("", []string{in.Name})
	case in.Action == "show":
		return nil, fmt.Errorf("name: which scenario? action list names them")
	}
	return c.done()
}
