package cursor

// Store is what a relay knows of its entries in a store; see package series.
type Store struct {
	ID      string   `json:"id"`                // of the series
	Place   string   `json:"place,omitempty"`   // where the entries are; empty: nowhere yet
	Authors []string `json:"authors,omitempty"` // who may have made the last entry
	N       uint64   `json:"n,omitempty"`       // of the last entry
}
