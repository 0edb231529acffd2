// Tells what is wrong with a dashboard, by the types that Grafana generates from its own schemas. Reads the JSON, writes
// the faults, a line each, and the version of the schema.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
)

// What the strict reader of a dashboard passes over: the fields that all kinds of panels have for their values, and the
// queries, whose data source it reads after them.
type panel struct {
	Type        string            `json:"type"`
	FieldConfig json.RawMessage   `json:"fieldConfig"`
	Targets     []json.RawMessage `json:"targets"`
}

// The generated readers return a list, which is an error also where it is empty.
func say(where string, err error) {
	var faults cog.BuildErrors
	if errors.As(err, &faults) {
		for _, fault := range faults {
			fmt.Printf("%s%s: %s\n", where, fault.Path, fault.Message)
		}
	} else if err != nil {
		fmt.Printf("%s%s\n", where, err)
	}
}

func main() {
	plugins.RegisterDefaultPlugins()
	var raw json.RawMessage
	if err := json.NewDecoder(os.Stdin).Decode(&raw); err != nil {
		log.Fatal(err)
	}
	read := dashboard.NewDashboard()
	say("", read.UnmarshalJSONStrict(raw))
	say("", read.Validate())

	var panels struct {
		Panels []panel `json:"panels"`
	}
	if err := json.Unmarshal(raw, &panels); err != nil {
		log.Fatal(err)
	}
	for i, panel := range panels.Panels {
		where := fmt.Sprintf("panels[%d].", i)
		if _, found := cog.ConfigForPanelcfgVariant(panel.Type); !found {
			fmt.Printf("%stype: Grafana has no panel '%s'\n", where, panel.Type)
		}
		var fields dashboard.FieldConfigSource
		say(where+"fieldConfig.", fields.UnmarshalJSONStrict(panel.FieldConfig))
		for j, target := range panel.Targets {
			var query prometheus.Dataquery
			say(fmt.Sprintf("%stargets[%d].", where, j), query.UnmarshalJSONStrict(target))
		}
	}
	fmt.Printf("schemaVersion %d\n", dashboard.NewDashboard().SchemaVersion)
}
