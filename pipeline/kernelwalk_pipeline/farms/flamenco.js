// SPDX-License-Identifier: GPL-3.0-or-later
// Kernelwalk's job type for Flamenco (flamenco.blender.org). Put this file into the folder "scripts" beside Flamenco
// Manager. A job renders one spec: its still frame first, which the others are made of, then the frames in chunks, then
// the film. Workers need the command kernelwalk, and a folder that they share.

const JOB_TYPE = {
    label: "Kernelwalk",
    description: "Render a walk over a layer, and make its film",
    settings: [
        { key: "spec", type: "string", subtype: "file_path", required: true, visible: "submission",
          description: "The spec: a TOML file that all workers see, or a preset's name" },
        { key: "frames", type: "string", required: true, visible: "submission",
          description: "The frames, for example 1-300: kernelwalk inspect tells how many there are" },
        { key: "chunk_size", type: "int32", default: 30, visible: "submission",
          description: "Frames that a worker renders at a time" },
        { key: "folder", type: "string", subtype: "dir_path", required: true, visible: "submission",
          description: "The folder for the frames, which all workers share" },
        { key: "film", type: "string", subtype: "file_path", required: true, visible: "submission",
          description: "The film: .mp4, .webm, .gif, .webp or .png" },
        { key: "kernelwalk", type: "string", default: "kernelwalk", visible: "submission",
          description: "The command kernelwalk on the workers" },
    ]
};

function compileJob(job) {
    const settings = job.settings;
    const still = kernelwalkTask(settings, "still", "blender", ["render", settings.spec, "--frames", "still",
        "-o", settings.folder]);
    const film = kernelwalkTask(settings, "film", "ffmpeg", ["encode", settings.spec, settings.folder,
        "-o", settings.film]);
    job.addTask(still);
    film.addDependency(still);
    for (const chunk of frameChunker(settings.frames, settings.chunk_size)) {
        const render = kernelwalkTask(settings, "frames " + chunk, "blender", ["render", settings.spec,
            "--frames", chunk, "-o", settings.folder]);
        render.addDependency(still);
        film.addDependency(render);
        job.addTask(render);
    }
    job.addTask(film);
}

function kernelwalkTask(settings, name, type, words) {
    const task = author.Task(name, type);
    task.addCommand(author.Command("exec", { exe: settings.kernelwalk, args: words }));
    return task;
}
