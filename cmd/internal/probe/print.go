package probe

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
)

// Verdict says in a few words what came of the handshake: "ok", "fails at handshake, -0x7200, reconnect callback -114".
func (r *Result) Verdict() string {
	if r.OK {
		return "ok"
	}
	parts := []string{"fails at " + r.Stage}
	if r.Code != nil {
		parts = append(parts, *r.Code)
	}
	if r.Callback != nil && r.Err != nil {
		parts = append(parts, fmt.Sprintf("%s callback %d", *r.Callback, *r.Err))
	} else if r.Callback != nil {
		parts = append(parts, *r.Callback+" callback")
	}
	return strings.Join(parts, ", ")
}

// String returns the report for people: a table of the handshakes, why those failed that did, and the least sizes.
func (r *Report) String() string {
	out := &strings.Builder{}
	fmt.Fprintf(out, "Can an ESP8266 connect to %s?\n\n", r.Target)
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "PROFILE\tSIZE\tRESULT\tVERSION\tSUITE\tLARGEST RECORD\tHEAP PEAK")
	for _, x := range r.Results {
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%d\t%d\n", x.Profile, x.Size, x.Verdict(), orDash(x.Version),
			orDash(x.Cipher), x.RecordMax, x.HeapPeak)
	}
	_ = w.Flush() // to memory
	fmt.Fprintln(out)

	var said []string
	for _, x := range r.Results {
		if x.Explain != "" && !slices.Contains(said, x.Explain) {
			said = append(said, x.Explain)
			fmt.Fprintf(out, "%s, %d: %s\n", x.Profile, x.Size, x.Explain)
		}
	}
	if len(said) > 0 {
		fmt.Fprintln(out)
	}
	seen := map[string]bool{}
	for _, x := range r.Results {
		if seen[x.Profile] {
			continue
		}
		seen[x.Profile] = true
		if n := r.MinSize[x.Profile]; n != nil {
			fmt.Fprintf(out, "%s: the least size that works is %d: espconn_secure_set_size(1, %d).\n", x.Profile, *n, *n)
			if h := r.MinHeap[x.Profile]; h != nil {
				fmt.Fprintf(out, "  least heap %d, %d at connect.\n", *h, *r.MinHeapAtConnect[x.Profile])
			}
		} else if r.reached(x.Profile) {
			fmt.Fprintf(out, "%s: no size works.\n", x.Profile)
		} else {
			fmt.Fprintf(out, "%s: no TCP connection; check address and port.\n", x.Profile)
		}
	}
	fmt.Fprintln(out,
		"The device sends no server name (SNI); a host with several names may answer with another certificate than elsewhere.")
	return out.String()
}

// reached says whether a try of the profile came further than TCP.
func (r *Report) reached(profile string) bool {
	for _, x := range r.Results {
		if x.Profile == profile && x.Stage != "tcp" {
			return true
		}
	}
	return false
}

func orDash(s *string) string {
	if s == nil {
		return "-"
	}
	return *s
}
