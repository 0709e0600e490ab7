package axcert

import "time"

// date reads a UTCTime or GeneralizedTime as seconds since 1970. Two-digit years below 50 belong to this century.
func date(r *reader) int64 {
	year := 4
	if r.peek(tagUTCTime) {
		year = 2
	} else if !r.peek(tagGenTime) {
		r.fail()
		return 0
	}
	s := r.take(r.b[0])
	if len(s) < year+10 {
		r.fail()
		return 0
	}
	num := func(n int) (v int) {
		for _, c := range s[:n] {
			if c < '0' || c > '9' {
				r.fail()
				return 0
			}
			v = v*10 + int(c-'0')
		}
		s = s[n:]
		return v
	}
	y := num(year)
	if year == 2 {
		if y < 50 {
			y += 100
		}
		y += 1900
	}
	month, day, hour, minute, second := num(2), num(2), num(2), num(2), num(2)
	if !r.ok {
		return 0
	}
	return time.Date(y, time.Month(month), day, hour, minute, second, 0, time.UTC).Unix()
}
