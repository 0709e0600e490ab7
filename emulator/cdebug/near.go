package cdebug

import (
	"slices"
	"sort"
	"strings"
)

// nearMax bounds the names that an error offers. Choice.
const nearMax = 5

// near returns what else could have been meant, as the end of an error.
func (info *Info) near(name string, variable bool) string {
	type candidate struct {
		name string
		d    int
	}
	var list []candidate
	for n, found := range info.all {
		d := distance(strings.ToLower(n), strings.ToLower(name))
		if len(name) >= 3 && (strings.Contains(n, name) || len(n) >= 3 && strings.Contains(name, n)) {
			d = min(d, 2)
		}
		if d <= max(2, len(name)/3) && slices.ContainsFunc(found, func(f symbol) bool { return f.variable == variable }) {
			list = append(list, candidate{n, d})
		}
	}
	if len(list) == 0 {
		return ""
	}
	sort.Slice(list, func(i, j int) bool {
		return list[i].d < list[j].d || list[i].d == list[j].d && list[i].name < list[j].name
	})
	var names []string
	for _, c := range list[:min(nearMax, len(list))] {
		names = append(names, c.name)
	}
	return "; near: " + strings.Join(names, ", ")
}

// distance is how many letters are to be changed, put in or taken away to make b of a. Long names count by their first 64.
func distance(a, b string) int {
	const most = 64
	a, b = a[:min(len(a), most)], b[:min(len(b), most)]
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			above := row[j+1]
			change := corner
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(change, above+1, row[j]+1)
			corner = above
		}
	}
	return row[len(b)]
}
