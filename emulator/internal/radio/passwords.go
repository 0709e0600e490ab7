package radio

import (
	"slices"
	"sync"
)

// passwordsMax bounds the passwords that the air remembers. Choice: firmware that sets more of them leaves the oldest ones out.
const passwordsMax = 64

// passwords are those of Wi-Fi that were set, saved or received, so that a report of the run can leave them out.
type passwords struct {
	mu   sync.Mutex // guards list
	list []string
}

// add remembers a password.
func (p *passwords) add(password string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if password == "" || slices.Contains(p.list, password) {
		return
	}
	if len(p.list) == passwordsMax {
		p.list = slices.Delete(p.list, 0, 1)
	}
	p.list = append(p.list, password)
}

// addSaved remembers what is saved.
func (p *passwords) addSaved(s *savedWiFi) {
	p.add(s.station.Password)
	p.add(s.softap.Password)
	for _, c := range s.aps.list {
		p.add(c.password)
	}
}

// Passwords returns the passwords of Wi-Fi that the device has had or heard, and those of the access points around it. It may be called
// from any goroutine, also when the device is closed.
func (a *Air) Passwords() []string {
	a.passwords.mu.Lock()
	defer a.passwords.mu.Unlock()
	return slices.Clone(a.passwords.list)
}
