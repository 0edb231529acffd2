// Tells who may reach whom under NetworkPolicies, as cyclonus understands them: the evaluator by which the conformance
// of network plugins is tested. Reads {"policies": [...], "traffic": [...]} and writes a list of booleans.
package main

import (
	"encoding/json"
	"log"
	"os"

	"github.com/mattfenwick/cyclonus/pkg/matcher"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
)

// A pod, or whatever has the address where there is no namespace.
type party struct {
	IP              string            `json:"ip"`
	Namespace       string            `json:"namespace"`
	NamespaceLabels map[string]string `json:"namespaceLabels"`
	Labels          map[string]string `json:"labels"`
}

type traffic struct {
	From     party         `json:"from"`
	To       party         `json:"to"`
	Port     int           `json:"port"`
	PortName string        `json:"portName"`
	Protocol core.Protocol `json:"protocol"`
}

func (p party) peer() *matcher.TrafficPeer {
	peer := &matcher.TrafficPeer{IP: p.IP}
	if p.Namespace != "" {
		peer.Internal = &matcher.InternalPeer{
			PodLabels:       p.Labels,
			NamespaceLabels: p.NamespaceLabels,
			Namespace:       p.Namespace,
		}
	}
	return peer
}

func main() {
	var asked struct {
		Policies []*networking.NetworkPolicy `json:"policies"`
		Traffic  []traffic                   `json:"traffic"`
	}
	decoder := json.NewDecoder(os.Stdin)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&asked); err != nil {
		log.Fatal(err)
	}
	policy := matcher.BuildNetworkPolicies(false, asked.Policies)
	allowed := make([]bool, 0, len(asked.Traffic))
	for _, t := range asked.Traffic {
		result := policy.IsTrafficAllowed(&matcher.Traffic{
			Source:           t.From.peer(),
			Destination:      t.To.peer(),
			ResolvedPort:     t.Port,
			ResolvedPortName: t.PortName,
			Protocol:         t.Protocol,
		})
		allowed = append(allowed, result.IsAllowed())
	}
	if err := json.NewEncoder(os.Stdout).Encode(allowed); err != nil {
		log.Fatal(err)
	}
}
