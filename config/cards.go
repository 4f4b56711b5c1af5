package config

import (
	"strings"

	"httpd-syslog/config/strict"
)

// CardNumbers says what is done about numbers of payment cards in lines.
type CardNumbers struct {
	Action CardAction
	// Keep is how much of a number stays.
	Keep CardKeep
	// Except are texts just before a number that show it to be none: up to 100, each of 1 to 100
	// bytes without control characters.
	Except []string
}

// String is what is done, in words.
func (c CardNumbers) String() string {
	switch c.Action {
	case CardsOff:
		return "are not looked for"
	case Truncate:
		return "are truncated before lines are written, and " + c.Keep.String() + " digits stay"
	}
	return "are reported, and stored in clear"
}

// CardAction is what is done about card numbers.
type CardAction int

const (
	// Report counts and tells them, and alters nothing.
	Report CardAction = iota
	// Truncate puts stars in the place of most of their digits before they are written anywhere.
	Truncate
	// CardsOff looks for none.
	CardsOff
)

var cardActions = []string{"report", "truncate", "off"}

// String returns a as the file has it.
func (a CardAction) String() string { return nameOf(cardActions, int(a)) }

// CardKeep is which digits stay.
type CardKeep int

const (
	// Keep6And4 are the first six and the last four.
	Keep6And4 CardKeep = iota
	// Keep0And4 are the last four.
	Keep0And4
)

var cardKeeps = []string{"6+4", "0+4"}

// String returns k as the file has it.
func (k CardKeep) String() string { return nameOf(cardKeeps, int(k)) }

const (
	maxExcepts = 100
	maxExcept  = 100
)

func (c *CardNumbers) fields() []strict.Field {
	return []strict.Field{
		strict.Key("action", "report", strict.Choice(&c.Action, cardActions)),
		strict.Key("keep", "6+4", strict.Choice(&c.Keep, cardKeeps)),
		strict.Key("except", nil, c.readExcept),
	}
}

func (c *CardNumbers) readExcept(v strict.Value) {
	items, ok := v.List()
	if !ok {
		return
	}
	if len(items) > maxExcepts {
		v.Failf("%d texts are too many (at most %d)", len(items), maxExcepts)
		return
	}
	for _, item := range items {
		var s string
		strict.Text(&s, checkExcept)(item)
		if s != "" { // else it is reported, and must not stand in front of every number
			c.Except = append(c.Except, s)
		}
	}
}

func checkExcept(s string) string {
	switch {
	case s == "":
		return "is in front of every number (write the text before the number, such as \"order_id=\")"
	case len(s) > maxExcept:
		return "is too long (at most 100 bytes)"
	case strings.ContainsFunc(s, strict.Control):
		return "has control characters (remove them)"
	}
	return ""
}

// SalvageCards is what a file that does not load says of card numbers. In doubt they are
// truncated: what was stored in clear is stored.
func SalvageCards(data []byte) CardNumbers {
	const table = "card_numbers"
	doc, problem := strict.Parse("", data)
	if problem != nil {
		if strings.Contains(string(data), table) {
			return CardNumbers{Action: Truncate}
		}
		return CardNumbers{}
	}
	top := doc.Top()
	if !top.Has(table) {
		return CardNumbers{}
	}
	var c CardNumbers
	strict.SetDefaults(c.fields())
	if top.Sub(table).Has("action") {
		c.Action = Truncate // until another one is read that there is
	}
	doc.Read(nil, []strict.Field{strict.Key(table, nil, strict.Section(c.fields()))})
	return c
}
