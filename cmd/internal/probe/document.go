package probe

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/emu8266/emu8266/emulator/cause"
	"github.com/emu8266/emu8266/espconn"
)

// document is a report for people before it has a form: what text, Markdown and HTML say is the same.
type document struct {
	verdict  string
	good     bool
	sections []section
}

type section struct {
	heading string
	table   *table
	items   []string // paragraphs below the table
	listed  bool     // they are items of a list
}

// table has columns of which those named in left are words, the others numbers or marks.
type table struct {
	head []string
	rows [][]string
	left []bool
	key  bool // the first column is repeated when the table is cut in two for its width
}

// document makes the report.
func (r *Report) document() document {
	d := document{verdict: r.Verdict, good: r.Works()}
	add := func(s section) {
		if s.table != nil || len(s.items) > 0 {
			d.sections = append(d.sections, s)
		}
	}
	if r.reachedAny() || len(r.Chain) > 0 {
		add(r.chainSection())
	}
	add(section{heading: r.say().matrix, table: r.matrixTable(), items: r.negotiated()})
	add(r.leastSection())
	add(section{heading: r.say().why, items: r.reasons(), listed: true})
	add(section{heading: r.say().change, items: r.Change, listed: true})
	add(section{heading: r.say().about, items: r.notes(), listed: true})
	return d
}

func (r *Report) chainSection() section {
	say := r.say()
	s := section{heading: say.chain}
	if len(r.Chain) == 0 {
		s.items = []string{say.notSeen}
		return s
	}
	s.table = &table{head: []string{"", say.bytes, say.key, say.signature, say.until, say.subject},
		left: []bool{false, false, true, true, true, true}}
	for i, c := range r.Chain {
		subject := c.Subject
		if c.Key == "" {
			subject = say.unreadable
		}
		s.table.rows = append(s.table.rows, []string{strconv.Itoa(i + 1), strconv.Itoa(c.Bytes), c.Key, c.Signature, c.NotAfter, subject})
	}
	s.items = []string{fmt.Sprintf(say.message, r.CertificateMessage)}
	if r.negotiatedAny() { // otherwise the longest record is an alert
		s.items[0] += say.stop + fmt.Sprintf(say.record, r.RecordMax)
	}
	return s
}

// matrixTable has a row for each profile and a column for each size.
func (r *Report) matrixTable() *table {
	say := r.say()
	t := &table{head: []string{say.profile}, left: []bool{true}, key: true}
	var sizes []int
	for _, x := range r.Results {
		if !slices.Contains(sizes, x.Size) {
			sizes = append(sizes, x.Size)
		}
	}
	for _, s := range sizes {
		t.head, t.left = append(t.head, strconv.Itoa(s)), append(t.left, false)
	}
	for _, p := range r.profiles {
		row := []string{p.Name}
		for _, s := range sizes {
			for _, x := range r.of(p.Name) {
				if x.Size == s {
					row = append(row, x.mark(say))
					break
				}
			}
		}
		t.rows = append(t.rows, row)
	}
	return t
}

// negotiated tells version and suite of the handshakes that worked, each pair once.
func (r *Report) negotiated() []string {
	say := r.say()
	var order []string
	who := map[string][]string{}
	for _, x := range r.Results {
		if !x.OK || x.Version == nil {
			continue
		}
		text := *x.Version + say.and + *x.Cipher
		if !slices.Contains(order, text) {
			order = append(order, text)
		}
		if !slices.Contains(who[text], x.Profile) {
			who[text] = append(who[text], x.Profile)
		}
	}
	for i, text := range order {
		order[i] = text + say.colon + strings.Join(who[text], say.and)
	}
	return order
}

// negotiatedAny says whether a device has got a ServerHello.
func (r *Report) negotiatedAny() bool {
	return slices.ContainsFunc(r.Results, func(x Result) bool { return x.Version != nil })
}

// mark is a handshake in a word: ok, or the code, if it is short.
func (r *Result) mark(say phrases) string {
	switch {
	case r.OK:
		return say.ok
	case r.Code != nil && strings.HasPrefix(*r.Code, "-0x"):
		return *r.Code
	}
	return say.fails
}

func (r *Report) leastSection() section {
	say := r.say()
	s := section{heading: say.least}
	if !slices.ContainsFunc(r.profiles, func(p espconn.Profile) bool { return r.MinSize[p.Name] != nil || r.MinHeap[p.Name] != nil }) {
		return s
	}
	s.table = &table{head: []string{say.profile, say.setSize, say.heap, say.at2}, left: []bool{true, false, false, false}}
	number := func(n *int) string {
		if n == nil {
			return say.noneWorks
		}
		return strconv.Itoa(*n)
	}
	for _, p := range r.profiles {
		s.table.rows = append(s.table.rows, []string{p.Name, number(cmp.Or(r.MinSize[p.Name], r.MinHeapSize[p.Name])),
			number(r.MinHeap[p.Name]), number(r.MinHeapAtConnect[p.Name])})
		if n := r.MinSize[p.Name]; n != nil && *n < int(p.SizeRaise) {
			s.items = append(s.items, fmt.Sprintf(say.raised, p.Name, p.SizeRaise, p.SizeRaise))
		}
	}
	return s
}

// reasons tells why the handshakes failed that did, each reason once with the profiles and sizes that it is about.
func (r *Report) reasons() []string {
	say := r.say()
	type group struct {
		verdict, text string
		cause         cause.ID
		profiles      []string
		sizes         map[string][]int
	}
	var groups []*group
	for _, x := range r.Results {
		if x.OK {
			continue
		}
		text := x.cause
		if text == "" {
			text = x.Reason
		}
		if x.Stage == "set_size" {
			profile, _ := espconn.ProfileByName(x.Profile)
			text = fmt.Sprintf(say.takesOnly, LeastAccepted(profile))
		}
		if x.Stage == "set_size" {
			x.causeID = ""
		}
		if r.unfit != "" && x.Stage == "handshake" {
			text += say.colon + r.unfit
		}
		verdict := x.verdict(say)
		i := slices.IndexFunc(groups, func(g *group) bool {
			return g.verdict == verdict && (g.text == text || x.causeID != "" && x.causeID == g.cause)
		})
		if i < 0 {
			i = len(groups)
			groups = append(groups, &group{verdict: verdict, text: text, cause: x.causeID, sizes: map[string][]int{}})
		}
		g := groups[i]
		if !slices.Contains(g.profiles, x.Profile) {
			g.profiles = append(g.profiles, x.Profile)
		}
		g.sizes[x.Profile] = append(g.sizes[x.Profile], x.Size)
	}
	var out []string
	for _, g := range groups {
		var who []string
		for len(g.profiles) > 0 { // those with the same sizes together
			first := g.sizes[g.profiles[0]]
			var same []string
			g.profiles = slices.DeleteFunc(g.profiles, func(p string) bool {
				if slices.Equal(g.sizes[p], first) {
					same = append(same, p)
					return true
				}
				return false
			})
			who = append(who, strings.Join(same, say.and)+say.at+say.list(first))
		}
		out = append(out, strings.Join(who, say.and)+say.colon+g.text+say.openParen+g.verdict+say.closeParen)
	}
	return out
}

// list writes sizes: all of a few, the ends of many.
func (p phrases) list(sizes []int) string {
	const few = 6
	if len(sizes) > few {
		return strconv.Itoa(slices.Min(sizes)) + p.to + strconv.Itoa(slices.Max(sizes))
	}
	var out []string
	for _, s := range sizes {
		out = append(out, strconv.Itoa(s))
	}
	return strings.Join(out, p.and)
}

func (r *Report) notes() []string {
	say := r.say()
	var out []string
	if r.offline && r.anyWorks() && slices.ContainsFunc(r.profiles, offersDHE) {
		out = append(out, say.offline)
	}
	if !r.offline && r.reachedAny() {
		out = append(out, say.sni)
	}
	for _, p := range r.profiles {
		if r.MinHeap[p.Name] != nil {
			return append(out, fmt.Sprintf(say.seen, r.Handshakes))
		}
	}
	return append(out, fmt.Sprintf(say.handshakes, r.Handshakes))
}

// Made is the line that says who made a report, and with which command.
func (r *Report) Made(version, command string) string {
	return fmt.Sprintf(r.say().madeWith, version, command)
}

func offersDHE(p espconn.Profile) bool {
	for _, s := range p.TLS.Traits().Suites {
		if strings.Contains(s.String(), "-DHE-") {
			return true
		}
	}
	return false
}
