package relay

import "reflect"

// Equal reports whether o and p describe the same relay. It compares the names of certificate
// files, not what the files hold.
func (o *Options) Equal(p *Options) bool {
	return reflect.DeepEqual(o, p) // so that an option that is added counts
}
