package trace

// Role is the side of a TLS handshake that the device plays. Its text form is the word in String.
type Role uint8

// The roles.
const (
	_ Role = iota
	RoleClient
	RoleServer
)

var roles = [...]string{"", "client", "server"}

// Roles returns both roles.
func Roles() []Role { return all[Role](len(roles)) }

// String returns "client" or "server"; "" for 0 and "?" for a value that has no word.
func (r Role) String() string { return word(roles[:], int(r)) }

// MarshalText returns the role's word.
func (r Role) MarshalText() ([]byte, error) { return marshal("role", roles[:], int(r)) }

// UnmarshalText takes a word of String.
func (r *Role) UnmarshalText(text []byte) error {
	i, err := unmarshal("role", roles[:], text)
	*r = Role(i)
	return err
}
