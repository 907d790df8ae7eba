"""scripts/release: changelog, chart and checksums of a small repository; the programs themselves are not built here."""

import pathlib
import shutil
import subprocess
import tarfile
import unittest

import harness

KEEP = ("scripts/lib.sh", "scripts/release", "CMakeLists.txt", "deploy/helm")


class Release(harness.Case):
    def setUp(self):
        super().setUp()
        self.tree = self.folder.path / "tree"
        for name in KEEP:
            source, target = harness.ROOT / name, self.tree / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target)
            else:
                shutil.copy(source, target)
        self.git("init", "-q", "-b", "main")
        self.commit("build: begin")

    def run_in_tree(self, *command, check=True, **environment):
        done = subprocess.run(command, cwd=self.tree, capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL, env={**harness.clean_environment(), **environment})
        if check and done.returncode != 0:
            raise AssertionError("%s\n%s%s" % (command, done.stdout, done.stderr))
        return done

    def git(self, *words):
        return self.run_in_tree("git", "-c", "user.name=t", "-c", "user.email=t@example.com", *words).stdout

    def commit(self, subject):
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", subject + "\n\nWhy it is so.")

    def release(self, *words, **options):
        return self.run_in_tree("scripts/release", *words, **options)

    def test_a_changelog_has_what_came_since_the_tag_before(self):
        self.git("tag", "v0.1.0")
        for subject in ("http: speaks HTTP/3", "security: a hole is closed", "http: <b> is shown", "Begin again"):
            self.commit(subject)
        self.git("tag", "v0.2.0")
        self.commit("js: not in it")
        text = self.release("changelog", "v0.2.0").stdout
        self.assertTrue(text.startswith("# v0.2.0 ("), text)
        body = text.split("Since v0.1.0.", 1)[1].split("\n", 1)[1]
        self.assertEqual(body.strip(), "## security\n\n- a hole is closed\n\n## http\n\n- speaks HTTP/3\n- \\<b> is shown\n\n"
                         "## others\n\n- Begin again")
        self.assertIn("- begin", self.release("changelog", "v0.1.0").stdout)

    def test_tags_that_are_none(self):
        for words, text in ((("changelog", "v9.9.9"), "there is no tag v9.9.9"), (("v1.2",), 'a tag is v1.2.3, not "v1.2"')):
            done = self.release(*words, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn(text, done.stderr)
        self.git("tag", "v7.0.0")
        done = self.release("v7.0.0", check=False)
        self.assertIn("the tag is v7.0.0", done.stderr)

    def test_the_chart_is_the_same_bytes_twice_and_has_the_programs_version(self):
        for name in ("one", "two"):
            self.release("chart", str(self.folder.path / name))
        (made,) = (self.folder.path / "one").iterdir()
        self.assertEqual(made.read_bytes(), (self.folder.path / "two" / made.name).read_bytes())
        with tarfile.open(made) as archive:
            names = archive.getnames()
        self.assertIn("loadctl/Chart.yaml", names)
        self.assertIn("loadctl/files/testruns.yaml", names)
        self.assertFalse([name for name in names if "/tests" in name])
        chart = self.tree / "deploy/helm/loadctl/Chart.yaml"
        chart.write_text(chart.read_text().replace("version: ", "version: 9", 1))
        self.assertIn("Chart.yaml: version is not", self.release("chart", str(self.folder.path / "three"), check=False).stderr)

    def test_checksums_and_signature(self):
        files = self.folder.path / "files"
        files.mkdir()
        (files / "a b.txt").write_text("a")
        (files / "c.txt").write_text("c")
        self.assertIn("not signed", self.release("sums", str(files)).stderr)
        subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=files, check=True)
        self.assertEqual(len((files / "SHA256SUMS").read_text().splitlines()), 2)
        key, public = self.folder.path / "key", self.folder.path / "key.pub"
        subprocess.run(["minisign", "-G", "-W", "-s", key, "-p", public], check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        self.release("sums", str(files), MINISIGN_KEY=str(key))
        verify = ["minisign", "-V", "-q", "-p", public, "-m", files / "SHA256SUMS"]
        subprocess.run(verify, check=True)
        (files / "SHA256SUMS").write_text("0" * 64 + "  c.txt\n")
        self.assertNotEqual(subprocess.run(verify, check=False, stderr=subprocess.DEVNULL).returncode, 0)


if __name__ == "__main__":
    unittest.main()
