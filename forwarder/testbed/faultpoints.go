//go:build faultpoints

package testbed

func init() { tags = append(tags, "faultpoints") }
