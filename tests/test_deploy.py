"""What stands in deploy/ fits the program: settings that there are, secrets by name, nothing as root."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ray.autoscaler._private.util import fillout_defaults, validate_config

from narrate.settings import Settings, read_settings
from tests.pages import ROOT

DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file() and path.suffix != ".json")
KUBERNETES = [
    d for path in sorted((DEPLOY / "kubernetes").glob("*.yaml")) for d in yaml.safe_load_all(path.read_text())
]
COMPOSE: Any = yaml.safe_load((DEPLOY / "one-machine" / "compose.yaml").read_text())


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", FILES, ids=shown)
def test_a_file_names_no_setting_that_isnt_there(path: Path) -> None:
    known = {f"NARRATE_{name.upper()}" for name in Settings.model_fields} | {"NARRATE_CONFIG"}
    known |= {f"{name}_FILE" for name in known}
    assert set(re.findall(r"\bNARRATE_[A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8"))) - known == set()


# Compose


def test_compose_names_only_volumes_networks_and_services_that_there_are() -> None:
    services = COMPOSE["services"]
    for name, service in services.items():
        assert set(service["networks"]) <= set(COMPOSE["networks"]), name
        assert set(service.get("depends_on", ())) <= set(services), name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or (DEPLOY / "one-machine" / source).exists(), volume


def test_only_the_front_is_reached_from_outside_and_only_its_address_is_believed() -> None:
    services = COMPOSE["services"]
    assert [name for name, service in services.items() if "ports" in service] == ["front"]
    front = services["front"]["networks"]["inside"]["ipv4_address"]
    assert {services[n]["environment"]["NARRATE_TRUSTED_PROXIES"] for n in ("web", "worker")} == {front}


def test_every_variable_of_compose_is_in_the_example_or_has_a_default() -> None:
    text = (DEPLOY / "one-machine" / "compose.yaml").read_text()
    example = (DEPLOY / "one-machine" / "env.example").read_text()
    asked = {name for name, default in re.findall(r"\$\{([A-Z_]+)(:-)?", text) if not default}
    assert asked <= set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))


SECRET = re.compile("PASSWORD|TOKEN|SECRET|KEY")


def test_compose_hands_secrets_over_as_files_and_never_in_the_environment() -> None:
    text = (DEPLOY / "one-machine" / "compose.yaml").read_text() + (DEPLOY / "one-machine" / "env.example").read_text()
    assert [
        name for name in re.findall(r"^([A-Z_]+)=|\$\{([A-Z_]+)", text, re.MULTILINE) if SECRET.search("".join(name))
    ] == []
    n_secrets = 0
    for name, service in COMPOSE["services"].items():
        for variable, value in service.get("environment", {}).items():
            assert not re.search(r"://[^/@]*:[^/@]*@", str(value)), f"a password in an address: {name} {variable}"
            if SECRET.search(variable):
                n_secrets += 1
                assert variable.endswith("_FILE"), f"{name}: {variable}"
                folder, _, secret = value.rpartition("/")
                assert (folder, secret in service["secrets"]) == ("/run/secrets", True), f"{name}: {variable}"
        assert set(service.get("secrets", ())) <= set(COMPOSE["secrets"]), name
    assert n_secrets == 5  # two of the web pages and the worker, one of the database


def test_the_guide_makes_every_secret_of_compose() -> None:
    guide = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    for name, secret in COMPOSE["secrets"].items():
        assert secret == {"file": f"./secrets/{name}"}
        assert re.search(rf"(> |touch )secrets/{name}\b", guide)


def test_composes_environment_makes_the_very_address_that_the_database_is_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "database_password").write_text("c0rrect/horse@\n")
    (tmp_path / "smtp_password").write_text("")  # a mail server that wants none, or no mail server
    for name, value in COMPOSE["services"]["worker"]["environment"].items():
        if "${" not in value:
            monkeypatch.setenv(name, value.replace("/run/secrets", str(tmp_path)))
    settings = read_settings()
    assert settings.sql_url == "postgresql://narrate:c0rrect%2Fhorse%40@database/narrate"
    assert settings.smtp_password is None
    assert "horse" not in repr(settings)


def test_our_containers_have_no_rights_and_a_root_that_cant_be_written() -> None:
    for name in ("web", "worker"):
        service = COMPOSE["services"][name]
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])


# Kubernetes


def specs(document: Any) -> Iterator[Any]:
    """The pods that a document makes."""
    if document["kind"] == "Deployment":
        yield document["spec"]["template"]["spec"]
    if document["kind"] == "RayCluster":
        for group in (document["spec"]["headGroupSpec"], *document["spec"]["workerGroupSpecs"]):
            yield group["template"]["spec"]


PODS = [pod for document in KUBERNETES for pod in specs(document)]


def test_there_are_pods_for_pages_worker_head_and_voices() -> None:
    assert [c["name"] for pod in PODS for c in pod["containers"]] == ["web", "work", "ray-head", "ray-worker"]


@pytest.mark.parametrize("pod", PODS, ids=lambda pod: pod["containers"][0]["name"])
def test_a_pod_is_nobody_and_has_limits_and_mounts_only_what_it_has(pod: Any) -> None:
    assert pod["securityContext"]["runAsNonRoot"]
    volumes = {volume["name"] for volume in pod.get("volumes", [])}
    for container in pod["containers"]:
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert container["resources"]["limits"]["memory"]
        assert {mount["name"] for mount in container.get("volumeMounts", [])} <= volumes
        assert not container["image"].endswith(("latest", "narrate"))


def test_whatever_a_pod_refers_to_is_made_here_or_by_hand_as_the_guide_says() -> None:
    made = {(document["kind"], document["metadata"]["name"]) for document in KUBERNETES}
    guide = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    for pod in PODS:
        for volume in pod.get("volumes", []):
            if claim := volume.get("persistentVolumeClaim"):
                assert ("PersistentVolumeClaim", claim["claimName"]) in made
        for container in pod["containers"]:
            for source in container.get("envFrom", []):
                if "configMapRef" in source:
                    assert ("ConfigMap", source["configMapRef"]["name"]) in made
                else:
                    assert f"create secret generic {source['secretRef']['name']} " in guide
            for variable in container.get("env", []):
                if secret := variable.get("valueFrom", {}).get("secretKeyRef"):
                    assert f"create secret generic {secret['name']} --from-literal={secret['key']}=" in guide


def test_no_secret_stands_in_a_file() -> None:
    assert [document["kind"] for document in KUBERNETES if document["kind"] == "Secret"] == []
    for document in KUBERNETES:
        for name in document.get("data", {}):
            assert not re.search("PASSWORD|TOKEN|SECRET|KEY", name)


def test_voices_get_gpus_and_the_dispatcher_asks_for_them() -> None:
    (settings,) = [document["data"] for document in KUBERNETES if document["kind"] == "ConfigMap"]
    (worker,) = [c for pod in PODS for c in pod["containers"] if c["name"] == "ray-worker"]
    assert float(settings["NARRATE_RAY_GPUS"]) <= int(worker["resources"]["limits"]["nvidia.com/gpu"])
    assert float(settings["NARRATE_RAY_CPUS"]) <= float(worker["resources"]["requests"]["cpu"])
    (cluster,) = [document["metadata"]["name"] for document in KUBERNETES if document["kind"] == "RayCluster"]
    assert settings["NARRATE_RAY_ADDRESS"] == f"{cluster}-head-svc:6379"  # the name that KubeRay gives it


# Ray


def test_rays_launcher_takes_our_file() -> None:
    validate_config(fillout_defaults(yaml.safe_load((DEPLOY / "ray" / "cluster.yaml").read_text())))


def test_ray_never_runs_without_its_token() -> None:
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        if "ray start" in text and path.suffix == ".yaml":
            assert "RAY_AUTH_MODE" in text or path.name == "narrate.yaml", path
        if path.suffix == ".service" and "ray start" in text:
            assert "EnvironmentFile=/etc/narrate/ray.env" in text
    assert "RAY_AUTH_MODE=token" in (DEPLOY / "ray" / "ray.env.example").read_text()


@pytest.mark.parametrize("path", sorted((DEPLOY / "ray").glob("*.service")), ids=lambda path: path.name)
def test_a_units_variables_are_in_the_example_of_its_environment(path: Path) -> None:
    example = (DEPLOY / "ray" / "ray.env.example").read_text()
    unit = path.read_text()
    assert set(re.findall(r"\$\{([A-Z_]+)\}", unit)) <= set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))
    assert "User=narrate" in unit
