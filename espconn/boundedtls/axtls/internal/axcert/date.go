package axcert

import "time"

// date reads a UTCTime or GeneralizedTime as seconds since 1970 in the device's calendar. Two-digit years below 50 belong to
// this century.
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
	return seconds(y, month, day, hour, minute, second)
}

// seconds is the device's calendar: before the year y lie (y-1969)/4 leap days, rounded towards 0, so that dates before 1969
// and after 2100 are up to some days off (axtls.md 10). Choice: within a year every fourth has its leap day, which gives what
// was measured from 1972 to 2049.
func seconds(y, month, day, hour, minute, second int) int64 {
	like := 2001 // a year with as many days
	if y%4 == 0 {
		like = 2000
	}
	start := time.Date(like, 1, 1, 0, 0, 0, 0, time.UTC)
	within := time.Date(like, time.Month(month), day, hour, minute, second, 0, time.UTC).Sub(start)
	days := (y-1970)*365 + (y-1969)/4
	return int64(days)*24*60*60 + int64(within/time.Second)
}
