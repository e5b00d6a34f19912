"""What a schema can't see: that objects refer to what is there, and that probes, ports and users agree with the image."""
import sys

import yaml

for path in sys.argv[1:]:
    with open(path) as file:
        objects = [each for each in yaml.safe_load_all(file) if each]
    kinds = {}
    for each in objects:
        kinds.setdefault(each["kind"], []).append(each)
    claims = {each["metadata"]["name"] for each in kinds.get("PersistentVolumeClaim", [])}
    [deployment], [service] = kinds["Deployment"], kinds["Service"]
    spec = deployment["spec"]
    pod = spec["template"]["spec"]
    [container] = pod["containers"]
    labels = spec["template"]["metadata"]["labels"]
    assert spec["selector"]["matchLabels"].items() <= labels.items()
    assert service["spec"]["selector"].items() <= labels.items()
    ports = {port["name"] for port in container["ports"]}
    assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports
    assert container["livenessProbe"]["httpGet"] == {"path": "/livez", "port": "http"}
    assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "http"}
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    mounts = {mount["mountPath"]: volumes[mount["name"]] for mount in container["volumeMounts"]}
    for volume in volumes.values():
        claim = volume.get("persistentVolumeClaim", {}).get("claimName")
        assert claim is None or claim in claims, claim
    # One file of SQLite has one host.
    sqlite = not any(entry["name"] == "DATABASE_URL_FILE" for entry in container["env"])
    if sqlite:
        assert spec["replicas"] == 1 and spec["strategy"]["type"] == "Recreate"
    assert ("persistentVolumeClaim" in mounts["/var/lib/toolbay"]) == sqlite
    # Secrets come as files, and are not here.
    assert "Secret" not in kinds
    for entry in container["env"]:
        if entry["name"].endswith("_FILE"):
            folder, _, key = entry["value"].rpartition("/")
            assert key in {item["key"] for item in mounts[folder]["secret"]["items"]}, key
        else:
            assert entry["name"].startswith("TOOLBAY_") or entry["name"] == "NOTION_REQUESTS_PER_MINUTE", entry["name"]
    context = container["securityContext"]
    assert context["readOnlyRootFilesystem"] and not context["allowPrivilegeEscalation"]
    assert context["capabilities"] == {"drop": ["ALL"]}
    assert pod["securityContext"]["runAsUser"] == 10001 and pod["securityContext"]["runAsNonRoot"]
    assert not pod["automountServiceAccountToken"]
    assert pod["terminationGracePeriodSeconds"] >= 30
    assert container["resources"]["limits"]["memory"]
    print(path, "refers to what is there")
