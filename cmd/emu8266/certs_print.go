package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/emu8266/emu8266/cmd/internal/certs"
)

// print writes the result to out and the warnings to err.
func (r *certsReport) print(con *console) {
	if r.Case != "" {
		fmt.Fprintf(con.out, "case %s: %s\n", r.Case, r.Title)
	} else if r.Title != "" {
		fmt.Fprintln(con.out, r.Title)
	}
	width := 0
	for _, f := range slices.Concat(r.Files, r.Entries) {
		width = max(width, len(f.Path))
	}
	for _, f := range slices.Concat(r.Files, r.Entries) {
		fmt.Fprintf(con.out, "  %-*s %5d bytes  %s\n", width, f.Path, f.Bytes, f.What)
	}
	for _, name := range r.Removed {
		fmt.Fprintf(con.out, "removed %s\n", name)
	}
	for _, n := range r.Notes {
		fmt.Fprintln(con.out, n)
	}
	r.printVerdicts(con)
	for _, w := range r.Warnings {
		fmt.Fprintf(con.err, "emu8266: warning: %s\n", w)
	}
}

// printVerdicts writes what the profiles make of each image, those together that agree.
func (r *certsReport) printVerdicts(con *console) {
	var images []string
	groups := map[string][]string{} // image: texts in order
	who := map[string][]string{}    // image and text: profiles
	for _, v := range r.Verdicts {
		if !slices.Contains(images, v.Image) {
			images = append(images, v.Image)
		}
		text := verdictText(v)
		key := v.Image + "\n" + text
		if who[key] == nil {
			groups[v.Image] = append(groups[v.Image], text)
		}
		who[key] = append(who[key], v.Profile)
	}
	for _, image := range images {
		fmt.Fprintf(con.out, "%s under\n", image)
		for _, text := range groups[image] {
			fmt.Fprintf(con.out, "  %s: %s\n", strings.Join(who[image+"\n"+text], ", "), text)
		}
	}
}

func verdictText(v certs.Verdict) string {
	lines := append([]string{}, v.Faults...)
	if v.OK {
		lines = append(lines, "ok")
	}
	return strings.Join(append(lines, v.Notes...), "; ")
}

// refusals makes one warning of each fault, naming the profiles that have it. The consequence, behind the last colon, is
// left to the verdicts.
func refusals(verdicts []certs.Verdict) []string {
	var order []string
	who := map[string][]string{}
	for _, v := range verdicts {
		for _, f := range v.Faults {
			if i := strings.LastIndex(f, ": "); i > 0 {
				f = f[:i]
			}
			f = v.Image + ": " + f
			if who[f] == nil {
				order = append(order, f)
			}
			who[f] = append(who[f], v.Profile)
		}
	}
	var out []string
	for _, f := range order {
		out = append(out, fmt.Sprintf("%s, %s", strings.Join(who[f], ", "), f))
	}
	return out
}
