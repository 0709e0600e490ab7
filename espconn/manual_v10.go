package espconn

import (
	"strings"
)

// inV10 are the functions of the manual V1.0 (4.1 to 4.8).
var inV10 = map[string]bool{
	"espconn_secure_ca_disable": true, "espconn_secure_ca_enable": true, "espconn_secure_accept": true,
	"espconn_secure_set_size": true, "espconn_secure_get_size": true, "espconn_secure_connect": true,
	"espconn_secure_sent": true, "espconn_secure_disconnect": true,
}

// checkV10 reports the use of a secure function that the manual V1.0 does not have.
func (a *API) checkV10(c Ref, name string) {
	if a.profile.V10 && strings.HasPrefix(name, "espconn_secure_") && !inV10[name] {
		a.finding(c, RuleNotInV10, "%s is not in V1.0", name)
	}
}
