package cdebug

import "fmt"

// Bounds of the variables that a report of a crash tells. Choice.
const (
	toldMax     = 20
	toldTextMax = 120 // bytes of a value
)

// Told returns the arguments and local variables of the context's function in words: "name = value", or why there is no value. Of many or
// long ones it says that there are more.
func (info *Info) Told(c Context) (list []string) {
	for n, v := range info.Locals(c) {
		if n == toldMax {
			return append(list, "...")
		}
		if v.Err != nil {
			list = append(list, fmt.Sprintf("%s: %v", v.Name, v.Err))
			continue
		}
		value := v.Value.String()
		if len(value) > toldTextMax {
			value = value[:toldTextMax] + "..."
		}
		list = append(list, v.Name+" = "+value)
	}
	return list
}
