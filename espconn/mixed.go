package espconn

// mixed handles a plain call on a secure connection (manual-profile.md #32): a finding, and true when the call has to end
// with ARG. By the SDK's profiles some calls work, and those that crash raise the exception here
// (oracle/espconn FINDINGS B8).
func (a *API) mixed(c Ref, name string, crashes bool) bool {
	if a.find(c) == nil {
		return false
	}
	a.finding(c, RuleMixed, "%s on a secure connection", name)
	if !a.profile.MixedWorks {
		return true
	}
	if crashes {
		a.fatal(c, CauseLoadProhibited, "%s on a secure connection", name)
		return true
	}
	return false
}

// mixedSecure handles a secure call on a plain connection: a finding; the SDK crashes.
func (a *API) mixedSecure(c Ref, name string) {
	if a.link(c) == nil {
		return
	}
	a.finding(c, RuleMixed, "%s on a plain connection", name)
	if a.profile.MixedWorks {
		a.fatal(c, CauseLoadProhibited, "%s on a plain connection", name)
	}
}
