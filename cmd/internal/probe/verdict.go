package probe

import (
	"cmp"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"

	"github.com/emu8266/emu8266/espconn/badpeer"
)

func (p *Probe) say() phrases { return speech[p.Language] }

func (r *Report) say() phrases { return speech[r.language] }

// of returns the results of a profile.
func (r *Report) of(profile string) []Result {
	var out []Result
	for _, x := range r.Results {
		if x.Profile == profile {
			out = append(out, x)
		}
	}
	return out
}

// reachedAny says whether a try came further than TCP.
func (r *Report) reachedAny() bool {
	for _, x := range r.Results {
		if x.Stage == "handshake" || x.connected() {
			return true
		}
	}
	return false
}

// judgeLeaf notes why a server whose handshakes all failed cannot use its own certificate with the devices.
func (r *Report) judgeLeaf(chain [][]byte) {
	if len(chain) == 0 || r.anyWorks() {
		return
	}
	leaf, err := x509.ParseCertificate(chain[0])
	if err != nil {
		return
	}
	var offered []uint16
	for _, p := range r.profiles {
		for _, s := range p.TLS.Traits().Suites {
			offered = append(offered, uint16(s))
		}
	}
	say := r.say()
	fix := say.unfitUsageFix
	switch badpeer.Unusable(leaf, offered) {
	case badpeer.UnfitKey:
		r.unfit, fix = fmt.Sprintf(say.unfitKey, r.Chain[0].Key), say.unfitKeyFix
	case badpeer.UnfitTransport:
		r.unfit = say.unfitTransport
	case badpeer.UnfitUsage:
		r.unfit = say.unfitUsage
	default:
		return
	}
	r.Change = []string{fix} // what the devices say of their suites is said better
}

func (r *Report) anyWorks() bool {
	for _, x := range r.Results {
		if x.OK {
			return true
		}
	}
	return false
}

// verdict is the answer to the question whether a device can connect.
func (r *Report) verdict() string {
	say := r.say()
	var can, cannot []string
	common := map[int]int{} // size -> profiles under which it works
	least, all := 0, true
	for _, p := range r.profiles {
		works := false
		for _, x := range r.of(p.Name) {
			if x.OK {
				works = true
				common[x.Size]++
			}
			all = all && x.OK
		}
		if works {
			can = append(can, p.Name)
		} else {
			cannot = append(cannot, p.Name)
		}
		if n := r.MinSize[p.Name]; n != nil {
			least = max(least, *n)
		}
	}
	text := ""
	switch {
	case len(can) == 0 && !r.triedTLS():
		return fmt.Sprintf(say.noTCP, r.Target)
	case all:
		text = fmt.Sprintf(say.yesAll, r.Target)
	case len(can) == 0 && r.needs() != "" && !slices.ContainsFunc(r.Results, func(x Result) bool { return !x.starved }):
		text = fmt.Sprintf(say.noHeap, r.Target, r.Results[0].Heap)
	case len(can) == 0 && least > 0 && r.everyMinSize():
		text = fmt.Sprintf(say.noSize, r.Target, least, least)
	case len(can) == 0:
		text = fmt.Sprintf(say.no, r.Target)
		if why := r.firstReason(); why != "" {
			text = strings.TrimSuffix(strings.TrimSuffix(text, "."), "。") + say.colon + why + say.full()
		}
		return text
	case len(cannot) > 0:
		text = fmt.Sprintf(say.inPart, strings.Join(can, say.and), r.Target, strings.Join(cannot, say.and))
	default:
		text = r.between(common, least)
	}
	if need := r.needs(); need != "" {
		text += say.stop + need
	}
	return text
}

// full is a full stop.
func (p phrases) full() string {
	if p.stop == "" {
		return "。"
	}
	return "."
}

// between names the sizes with which every profile works.
func (r *Report) between(common map[int]int, least int) string {
	say := r.say()
	low, high, over := 0, 0, false
	for size, n := range common {
		if n == len(r.profiles) && (low == 0 || size < low) {
			low = size
		}
	}
	if low == 0 { // each works with another
		return fmt.Sprintf(say.yesFrom, r.Target, least, least)
	}
	for _, x := range r.Results {
		if common[x.Size] == len(r.profiles) {
			high = max(high, x.Size)
		}
	}
	for _, x := range r.Results {
		over = over || x.Size > high
	}
	if least == 0 || least > low {
		least = low
	}
	if over {
		return fmt.Sprintf(say.yesBetween, r.Target, least, high, least)
	}
	return fmt.Sprintf(say.yesFrom, r.Target, least, least)
}

func (r *Report) everyMinSize() bool {
	for _, n := range r.MinSize {
		if n == nil {
			return false
		}
	}
	return true
}

// needs says how much heap the devices need.
func (r *Report) needs() string {
	var low, high string
	for _, p := range r.profiles {
		n := r.MinHeapAtConnect[p.Name]
		if n == nil {
			continue
		}
		if low == "" || *n < *r.MinHeapAtConnect[low] {
			low = p.Name
		}
		if high == "" || *n > *r.MinHeapAtConnect[high] {
			high = p.Name
		}
	}
	say := r.say()
	switch {
	case low == "":
		return ""
	case *r.MinHeapAtConnect[low] == *r.MinHeapAtConnect[high]:
		return fmt.Sprintf(say.needs, *r.MinHeapAtConnect[low])
	}
	return fmt.Sprintf(say.needsRange, *r.MinHeapAtConnect[low], low, *r.MinHeapAtConnect[high], high)
}

// moreHeap says how much heap the profiles need of which a handshake found too little, "" if none did.
func (r *Report) moreHeap() string {
	say := r.say()
	var all []string
	for _, p := range r.profiles {
		at := r.MinHeapAtConnect[p.Name]
		if at != nil && slices.ContainsFunc(r.of(p.Name), func(x Result) bool { return x.starved && !x.OK }) {
			all = append(all, fmt.Sprintf(say.heapOf, *at, p.Name, *r.MinHeapSize[p.Name]))
		}
	}
	if len(all) == 0 {
		return ""
	}
	return say.moreHeap + strings.Join(all, say.and)
}

// triedTLS says whether a try came further than TCP, or ended before it.
func (r *Report) triedTLS() bool {
	for _, x := range r.Results {
		if x.Stage != "tcp" {
			return true
		}
	}
	return false
}

// firstReason is why the first try failed.
func (r *Report) firstReason() string {
	if r.unfit != "" {
		return r.unfit
	}
	if len(r.Results) == 0 {
		return ""
	}
	return cmp.Or(r.Results[0].cause, r.Results[0].Reason)
}
