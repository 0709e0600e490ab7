package scenario

// Words are the commands that docs/scripts.md has an example of: all but the calls of the built-in client, and those that the library
// alone needs; with what expect, peer and flash take.
func Words() (list []string) {
	library := map[string]bool{"phone": true, "image": true, "hear": true, "use": true}
	for _, g := range groups {
		for _, c := range g.commands {
			if c.do != nil && !library[c.name()] {
				list = append(list, c.name())
			}
		}
	}
	for e := range expectations {
		list = append(list, "expect "+e)
	}
	for _, kind := range []string{"tls", "tcp", "silent", "none", "http", "mqtt"} {
		list = append(list, "peer "+kind)
	}
	return append(list, "flash cut", "flash fail", "flash write")
}
